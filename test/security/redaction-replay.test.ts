/** Bundles come from strangers: whatever a bundle holds, replay ends, in bounded memory, and says what it did not read. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Measured, measuredCommand } from '../support/measured-command.ts';

const MOST_MIB = 300;
const MIB = 1024 * 1024;
const NUL_MIB = Buffer.alloc(MIB);
/** One member of a gzip file; members behind each other are one stream (RFC 1952, 2.2). */
const ZIPPED_ZEROS = gzipSync(Buffer.alloc(64 * MIB));

const LINE =
  '2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"\n';
const LOG = LINE.repeat(20);

let folder: string;
let bundle: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-replay-limits-'));
  bundle = join(folder, 'bundle');
  mkdirSync(bundle);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, data: string | Uint8Array): void => writeFileSync(join(bundle, name), data);

/** Repeats `piece` until the file has `mib` MiB. */
function putLarge(name: string, piece: (index: number) => string, mib: number): void {
  const fd = openSync(join(bundle, name), 'w');
  for (let bytes = 0, index = 0; bytes < mib * MIB; ) {
    const lines: string[] = [];
    for (let length = 0; length < MIB; index++) {
      const line = piece(index);
      length += line.length;
      lines.push(line);
    }
    bytes += writeSync(fd, lines.join(''));
  }
  closeSync(fd);
}

function replay(path = bundle): Measured & { readonly problems: readonly string[]; readonly cause: string | null } {
  const measured = measuredCommand(['replay', path, '--json'], folder);
  const { problems = [], diagnosis } = measured.status === 64 ? {} : JSON.parse(measured.stdout);
  return { ...measured, problems, cause: diagnosis?.cause ?? null };
}

type Entry = Partial<Header> & { readonly name: string; readonly data?: string };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { data = '', ...header } of entries) archive.entry({ mode: 0o644, ...header }, data);
  archive.finalize();
  return buffer(archive);
}

async function archiveOf(entries: readonly Entry[]): Promise<string> {
  const path = join(folder, 'bundle.tar.gz');
  writeFileSync(path, gzipSync(await tarOf(entries), { level: 1 }));
  return path;
}

/** The 512 bytes that announce a file of that many bytes. */
async function headerOf(name: string, bytes: number, type = '0'): Promise<Buffer> {
  const header = (await tarOf([{ name, data: 'x' }])).subarray(0, 512);
  header.write(`${bytes.toString(8).padStart(11, '0')} `, 124);
  header.write(type, 156);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function zeros(header: Buffer, members: number, before: Buffer = Buffer.alloc(0)): string {
  const path = join(folder, 'bundle.tar.gz');
  const parts = Array.from({ length: members }, () => ZIPPED_ZEROS);
  writeFileSync(path, Buffer.concat([gzipSync(before), gzipSync(header), ...parts, gzipSync(Buffer.alloc(1024))]));
  return path;
}

describe('a bundle that is larger than it looks', () => {
  it.each(['error.log', 'access.log', 'samples.ndjson', 'stub_status.ndjson', 'facts.json', 'nginx.conf', 'other'])(
    'is an archive of 896 MiB of zeros called %s',
    async (name) => {
      const { problems, peakMiB, status } = replay(zeros(await headerOf(name, 14 * 64 * MIB), 14));
      expect(peakMiB).toBeLessThan(MOST_MIB);
      expect(status).toBe(3);
      if (!['error.log', 'access.log', 'other'].includes(name)) expect(problems.join()).toContain(`${name}:`);
    },
    120_000,
  );

  it('is an archive of more than 1 GiB: what was read before counts, and the rest is named', async () => {
    const log = await tarOf([{ name: 'error.log', data: LOG }]);
    const { problems, peakMiB, cause } = replay(
      zeros(await headerOf('access.log', 40 * 64 * MIB), 40, log.subarray(0, -1024)),
    );
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(cause).toBe('upstream-down');
    expect(problems).toEqual([expect.stringMatching(/unpacks to more than 1 GiB/)]);
  }, 120_000);

  it('is a zipped log that unpacks to a thousand times its size', () => {
    put('error.log', LOG);
    put('error.log.1.gz', Buffer.concat(Array.from({ length: 20 }, () => ZIPPED_ZEROS)));
    const { problems, peakMiB, cause } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(cause).toBe('upstream-down');
    expect(problems).toEqual([expect.stringMatching(/^error\.log\.1\.gz: .*times its size/)]);
  }, 120_000);

  it('holds an archive inside an archive, which stays closed', async () => {
    const inner = gzipSync(await tarOf([{ name: 'error.log', data: LOG }]));
    const path = join(folder, 'bundle.tar.gz');
    const outer = pack();
    outer.entry({ name: 'inner.tar.gz' }, inner);
    outer.finalize();
    writeFileSync(path, gzipSync(await buffer(outer)));
    expect(replay(path)).toMatchObject({ cause: null, status: 3 });
  }, 60_000);
});

const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

describe('a bundle with files beyond measure', () => {
  it('has 200 MB of samples over a day', () => {
    const queues = JSON.stringify(
      Array.from({ length: 40 }, (_, i) => ({ address: `0.0.0.0:${8000 + i}`, recvQ: 0, backlog: 511, inode: i })),
    );
    putLarge(
      'samples.ndjson',
      (i) =>
        `{"type":"sample","at":"${at(i * 1000)}","host":"h","probe":"listeners","ok":true,"data":{"queues":${queues}}}\n`,
      200,
    );
    const { peakMiB, problems, status } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(status).toBe(0);
    expect(problems).toEqual([]);
  }, 300_000);

  it('has 200 MB of samples of one moment', () => {
    const clients = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ address: `10.0.0.${i}`, sockets: i })));
    putLarge(
      'samples.ndjson',
      (i) =>
        `{"at":"${at(i)}","probe":"sockets","ok":true,"data":{"workers":[{"pid":7,"client":9,"upstream":9,"topClients":${clients}}]}}\n`,
      200,
    );
    const { peakMiB, problems } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(problems.join()).toMatch(/samples\.ndjson: .*left out/);
  }, 300_000);

  it('has samples full of what no sample holds', () => {
    const unknown = `[${'[],'.repeat(200_000)}[]]`;
    putLarge(
      'samples.ndjson',
      (i) => `{"at":"${at(i * 5000)}","probe":"kernel","ok":true,"data":{"listenDrops":1,"extra":${unknown}}}\n`,
      100,
    );
    expect(replay().peakMiB).toBeLessThan(MOST_MIB);
  }, 300_000);

  it('has a status file of 130 MB', () => {
    const page =
      'Active connections: 3 \\nserver accepts handled requests\\n 10 9 30 \\nReading: 0 Writing: 2 Waiting: 1 \\n';
    putLarge('stub_status.ndjson', (i) => `{"at":"${at(i * 1000)}","text":"${page}"}\n`, 130);
    const { peakMiB, status } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect([0, 3]).toContain(status);
  }, 300_000);

  it.each(['facts.json', 'nginx.conf'])(
    'has 60 MB of %s: it is left out, and said',
    (name) => {
      put('error.log', LOG);
      putLarge(name, () => 'worker_connections 512; # padding\n', 60);
      const { peakMiB, problems, cause } = replay();
      expect(peakMiB).toBeLessThan(MOST_MIB);
      expect(cause).toBe('upstream-down');
      expect(problems.join()).toMatch(new RegExp(`^${name}: .*MiB`));
    },
    60_000,
  );

  it('has the largest configuration that is read, and the largest facts', () => {
    putLarge(
      'nginx.conf',
      (i) => `server{listen 80;server_name a${i}.example;location /{proxy_pass http://10.0.0.5;}}\n`,
      3,
    );
    put('facts.json', `{"notes":[${'[],'.repeat(170_000)}[]]}`);
    const { peakMiB, problems } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(problems).toEqual([]);
  }, 120_000);

  it.each(['a;', 'a{', 'a ', '"";'])(
    'has a configuration of nothing but %j',
    (piece) => {
      put('error.log', LOG);
      put('nginx.conf', piece.repeat(4_190_000 / piece.length));
      const { peakMiB, cause } = replay();
      expect(peakMiB).toBeLessThan(MOST_MIB);
      expect(cause).toBe('upstream-down');
    },
    120_000,
  );

  it.each(['error.log', 'access.log', 'samples.ndjson', 'stub_status.ndjson'])(
    'has 64 MB without a line break: %s',
    (name) => {
      putLarge(name, () => '['.repeat(65_536), 64);
      const { peakMiB, ms } = replay();
      expect(peakMiB).toBeLessThan(MOST_MIB);
      expect(ms).toBeLessThan(60_000);
    },
    120_000,
  );

  it('has 64 MB of JSON lines of 7 MB each', () => {
    const line = `{"log":"x","a":[${'[],'.repeat(2_300_000)}[]]}\n`;
    putLarge('error.log', () => line, 64);
    expect(replay().peakMiB).toBeLessThan(MOST_MIB);
  }, 120_000);
});

describe('a folder that is no plain folder', () => {
  it('has links, FIFOs and devices: none is opened, and each is named', () => {
    put('error.log', LOG);
    symlinkSync('/etc/shadow', join(bundle, 'access.log'));
    symlinkSync('/proc/self/environ', join(bundle, 'facts.json'));
    execFileSync('mkfifo', [join(bundle, 'samples.ndjson')]);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) execFileSync('mknod', [join(bundle, 'stub_status.ndjson'), 'c', '1', '5']);
    const { problems, cause, ms } = replay();
    expect(cause).toBe('upstream-down');
    expect([...problems].sort()).toEqual([
      expect.stringMatching(/^access\.log: .*symbolic link/),
      expect.stringMatching(/^facts\.json: .*symbolic link/),
      expect.stringMatching(/^samples\.ndjson: .*FIFO/),
      ...(isRoot ? [expect.stringMatching(/^stub_status\.ndjson: .*device/)] : []),
    ]);
    expect(ms).toBeLessThan(20_000);
  }, 60_000);

  it.each(['a FIFO', 'a device'])(
    'is %s itself',
    (kind) => {
      const path = kind === 'a FIFO' ? join(folder, 'x.tar.gz') : '/dev/zero';
      if (kind === 'a FIFO') execFileSync('mkfifo', [path]);
      const { status, stderr } = replay(path);
      expect(status).toBe(64);
      expect(stderr).toContain(kind);
    },
    60_000,
  );

  it('has 30,000 files', () => {
    for (let i = 0; i < 30_000; i++) writeFileSync(join(bundle, `${i}-error.log`), '');
    put('error.log', LOG);
    const { peakMiB, problems } = replay();
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(problems.join()).toMatch(/more than \d+ files/);
  }, 120_000);
});

describe('an archive made to do harm', () => {
  it('has links, devices, names that lead elsewhere and names twice: only plain files count', async () => {
    const path = await archiveOf([
      { name: '../../../../tmp/outside/error.log', data: LOG },
      { name: 'error.log', data: 'the second one' },
      { name: '/etc/nginx/nginx.conf', data: 'worker_processes 2;' },
      { name: 'access.log', type: 'symlink', linkname: '/etc/shadow' },
      { name: 'access.log', type: 'link', linkname: '/etc/shadow' },
      { name: 'samples.ndjson', type: 'character-device', devmajor: 1, devminor: 5 },
      { name: 'facts.json', type: 'fifo' },
      { name: '..', data: 'x' },
      { name: '.', type: 'directory' },
    ]);
    const { cause, problems } = replay(path);
    expect(cause).toBe('upstream-down');
    expect(problems).toEqual([
      expect.stringMatching(/^error\.log: .*second/),
      expect.stringMatching(/^access\.log: .*link/),
      expect.stringMatching(/^access\.log: .*link/),
      expect.stringMatching(/^samples\.ndjson: .*device/),
      expect.stringMatching(/^facts\.json: .*FIFO/i),
      '..: not a file name',
    ]);
  }, 60_000);

  it('has a million entries', async () => {
    const block = await tarOf(Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, data: 'x' })));
    const member = gzipSync(block.subarray(0, -1024));
    const path = join(folder, 'bundle.tar.gz');
    writeFileSync(path, Buffer.concat(Array.from({ length: 1000 }, () => member)));
    const { peakMiB, problems, ms } = replay(path);
    expect(peakMiB).toBeLessThan(MOST_MIB);
    expect(problems.join()).toMatch(/more than \d+ files/);
    expect(ms).toBeLessThan(30_000);
  }, 60_000);

  it('says that it has a sparse file', async () => {
    const header = await headerOf('error.log', 512, 'S');
    const path = join(folder, 'bundle.tar');
    writeFileSync(path, Buffer.concat([header, NUL_MIB.subarray(0, 512), NUL_MIB.subarray(0, 1024)]));
    expect(replay(path)).toMatchObject({ cause: null, problems: [expect.stringMatching(/^error\.log: /)] });
  }, 60_000);
});
