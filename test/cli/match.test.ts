import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { register } from '../../src/cli/commands/match.ts';
import type { Io } from '../../src/cli/io.ts';
import type { Logger } from '../../src/core/logger.ts';

const REFUSED = '2026/01/01 00:00:00 [alert] 7#7: 512 worker_connections are not enough';
const REUSED = '2026/01/01 00:00:01 [warn] 7#7: 512 worker_connections are not enough, reusing connections';
const OTHER =
  '2026/01/01 00:00:02 [error] 7#7: *1 directory index of "/srv/" is forbidden, client: 192.0.2.7, server: _';
const LOG = `${REFUSED}\n${OTHER}\n${REUSED}\n${REFUSED}\n`;

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'match-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
  readonly warnings: readonly object[];
}

function collector(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}

async function run(args: readonly string[], stdin = '', sink?: Writable): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const warnings: object[] = [];
  let code: number | null = null;
  const nothing = () => undefined;
  const logger: Logger = { debug: nothing, info: nothing, warn: (fields) => warnings.push(fields), error: nothing };
  const io: Io = {
    env: {},
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: sink ?? collector(out),
    stderr: collector(err),
    screen: null,
    logger,
    stopped: new AbortController().signal,
    exit: (given) => {
      code = given;
    },
  };
  const program = new Command().exitOverride();
  register(program, io);
  await program.parseAsync(['match', ...args], { from: 'user' });
  return { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString(), code, warnings };
}

describe('gapwatch match', () => {
  it('prints the pattern and the line, in the order of the log', async () => {
    const { out } = await run([file('error.log', LOG)]);
    expect(out).toBe(
      `worker-connections\t${REFUSED}\nworker-connections-reuse\t${REUSED}\nworker-connections\t${REFUSED}\n`,
    );
  });

  it('counts once at the end, over all files', async () => {
    const path = file('error.log', LOG);
    const { out } = await run(['--count', path, path]);
    expect(out).toBe('worker-connections\t4\nworker-connections-reuse\t2\n');
  });

  it('reads standard input when no file is given, gzip files as they are, and a last line without newline', async () => {
    expect((await run(['--count'], REFUSED)).out).toBe('worker-connections\t1\n');
    expect((await run(['--count', '-'], LOG)).out).toBe('worker-connections\t2\nworker-connections-reuse\t1\n');
    const zipped = file('error.log.2.gz', Buffer.concat([gzipSync(LOG), gzipSync(`${REFUSED}\n`)]));
    expect((await run(['--count', zipped])).out).toBe('worker-connections\t3\nworker-connections-reuse\t1\n');
  });

  it('refuses gzip on standard input instead of finding nothing', () => {
    const { status, stderr } = spawnSync(process.execPath, [BINARY, 'match'], {
      input: gzipSync(LOG),
      encoding: 'utf8',
    });
    expect(status).toBe(64);
    expect(stderr).toContain('zcat FILE | gapwatch match');
  });

  it('leaves out what a client wrote through a line break of its path, in every way to read the log and to print', async () => {
    const head = '2026/01/01 00:00:00 [error] 7#7: *1 open() "/srv/';
    const forged = REFUSED.replaceAll('7#7', '9#9');
    const tail = 'x" failed (2: No such file or directory), client: 192.0.2.7, server: a, request: "GET /%0a HTTP/1.1"';
    const log = `${REFUSED}\n${head}\n${forged}\n${forged}\n${tail}\n${REUSED}\n`;
    const plain = file('error.log', log);
    const zipped = file('error.log.2.gz', gzipSync(log));
    const [count, one] = ['worker-connections', 'worker-connections-reuse'];
    expect((await run(['--count', plain, zipped])).out).toBe(`${count}\t2\n${one}\t2\n`);
    expect((await run(['--count'], log)).out).toBe(`${count}\t1\n${one}\t1\n`);
    expect((await run([plain])).out).toBe(`${count}\t${REFUSED}\n${one}\t${REUSED}\n`);
    const rows = (await run(['--json', plain])).out.trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).pid)).toEqual([7, 7]);
    // An entry does not continue in the next log.
    expect((await run(['--count', file('cut.log', `${head}\n`), plain])).out).toBe(`${count}\t1\n${one}\t1\n`);
  });

  it('describes each line as JSON with its captures', async () => {
    const { out } = await run(['--json', file('error.log', `${REFUSED}\r\n`)]);
    const row: unknown = JSON.parse(out);
    expect(row).toMatchObject({
      pattern: 'worker-connections',
      level: 'alert',
      pid: 7,
      captures: { slots: '512' },
      line: REFUSED,
    });
  });

  it('names the file that cannot be read and reads the others', async () => {
    const { out, err, code } = await run(['--count', join(folder, 'absent.log'), file('error.log', LOG)]);
    expect(err).toContain('absent.log cannot be read: ENOENT');
    expect(out).toContain('worker-connections\t2');
    expect(code).toBe(64);
  });

  it('counts all lines of an archive with trailing bytes, and reports those bytes', async () => {
    const whole = Buffer.concat([gzipSync(LOG.repeat(5000)), gzipSync(LOG)]);
    const counts = 'worker-connections\t10002\nworker-connections-reuse\t5001\n';
    for (const garbage of ['\0'.repeat(512), 'garbage', '\x1f\x8bno', '\0\0x']) {
      const path = file('error.log.3.gz', Buffer.concat([whole, Buffer.from(garbage, 'latin1')]));
      const { out, code, warnings } = await run(['--count', path]);
      expect([out, code]).toEqual([counts, null]);
      expect(warnings).toEqual(/[^\0]/.test(garbage) && !garbage.startsWith('\0') ? [{ file: path }] : []);
    }
  });

  it('counts the readable lines of a truncated or damaged archive, and fails', async () => {
    const whole = gzipSync(Buffer.concat([Buffer.from(LOG.repeat(1000)), randomBytes(200_000)]));
    const cut = file('cut.log.gz', whole.subarray(0, -100_000));
    const first = await run(['--count', cut]);
    expect(first.out).toBe('worker-connections\t2000\nworker-connections-reuse\t1000\n');
    expect(first.err).toContain('cut.log.gz cannot be read to its end: unexpected end of file');
    expect(first.code).toBe(64);
    const wrong = Buffer.from(gzipSync(LOG.repeat(1000)));
    wrong.fill(1, wrong.length - 8, wrong.length - 4);
    const second = await run(['--count', file('wrong.log.gz', wrong)]);
    expect(second.out).toBe(first.out);
    expect(second.err).toContain('wrong.log.gz cannot be read to its end: incorrect data check');
    expect(second.code).toBe(64);
  });

  it('truncates a line longer than its buffer, counts it, and reads the next one whole', async () => {
    const long = `${REFUSED} ${'x'.repeat(3 * 2 ** 20)}`;
    const { out, warnings } = await run([file('error.log', `${long}\n${REUSED}\n${'y'.repeat(2 ** 20)}`)]);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toHaveLength('worker-connections\t'.length + 256 * 1024);
    expect(lines[1]).toBe(`worker-connections-reuse\t${REUSED}`);
    expect(warnings).toEqual([expect.objectContaining({ lines: 2 })]);
  });

  it('waits for a slow reader and keeps memory bounded', async () => {
    const slow = new PassThrough({ highWaterMark: 1024 });
    const path = file('error.log', LOG.repeat(20_000));
    let finished = false;
    const running = run([path], '', slow).then(() => {
      finished = true;
    });
    await new Promise((resolve) => slow.once('readable', resolve));
    expect(finished).toBe(false);
    expect(slow.readableLength).toBeLessThan(2 ** 20);
    let bytes = 0;
    slow.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await running;
    expect(bytes).toBe(20_000 * (await run([file('one.log', LOG)])).out.length);
  });

  it("checks the catalogue, and patterns of one's own with it", async () => {
    expect((await run(['--check'])).out).toMatch(/^\d+ patterns match all their hits and none of their misses\n$/);
    file('mine.yml', "id: mine\nmeans: Something of ours.\nmatch: 'no (?!live)'\nhits: [a]\nmisses: [b]\nrefs: [c]\n");
    await expect(run(['--check', '--patterns', folder])).rejects.toThrow(/mine\.yml:3: match: lookahead/);
  });

  it("prefers patterns of one's own", async () => {
    file(
      'mine.yml',
      "id: mine\nmeans: Something of ours.\nmatch: '512 worker_connections'\nhits: ['512 worker_connections']\nmisses: [b]\nrefs: [c]\n",
    );
    expect((await run(['--count', '--patterns', folder], LOG)).out).toBe('mine\t3\n');
  });
});
