import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/core/sample.ts';
import { openBundleFiles, readText } from '../../../src/replay/bundle/files.ts';
import { samplesOf } from '../../../src/replay/bundle/loose-facts.ts';
import { type ReadLine, recordsOf, sampleReader, statusReader } from '../../../src/replay/bundle/recorded-samples.ts';
import { writeBundle } from '../../../src/replay/bundle/write.ts';
import { SAMPLE_KINDS } from '../../support/parts.ts';

const readSample = sampleReader(SAMPLE_KINDS);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const contents = async (path: string) => {
  const files = await openBundleFiles(path);
  const pairs = await Promise.all(files.map(async (file) => [file.name, await readText(file)] as const));
  return Object.fromEntries(pairs);
};

/** The samples of a file with this text, and the messages about the others. */
async function recorded(name: string, text: string, read: ReadLine<Sample>) {
  const problems: string[] = [];
  const chunks = () => Readable.from([Buffer.from(text)]);
  const file = { name, sizeBytes: text.length, chunks, damage: () => null };
  const samples: Sample[] = [];
  for await (const { record } of recordsOf(file, read, (problem) => problems.push(problem))) samples.push(record);
  return { samples, problems };
}

const STATUS =
  'Active connections: 3 \nserver accepts handled requests\n 10 9 30 \nReading: 0 Writing: 2 Waiting: 1 \n';

describe('a bundle', () => {
  it('reads the same from a folder and from its archive', async () => {
    const content = { 'error.log': 'a\nb\n', 'facts.json': '{}', 'access.log': '' };
    await writeBundle(join(folder, 'plain'), content);
    await writeBundle(join(folder, 'packed.tar.gz'), content);
    const plain = await contents(join(folder, 'plain'));
    expect(plain).toEqual({ 'error.log': 'a\nb\n', 'facts.json': '{}' });
    expect(await contents(join(folder, 'packed.tar.gz'))).toEqual(plain);
  });

  it.each(['plain', 'packed.tgz'])('rejects an unwritable target: %s', async (name) => {
    await expect(writeBundle(join(folder, 'absent', name), { 'error.log': 'a\n' })).rejects.toThrow('ENOENT');
  });

  it('unzips rotated logs', async () => {
    writeFileSync(join(folder, 'error.log.2.gz'), gzipSync('old\n'));
    expect(await contents(folder)).toEqual({ 'error.log.2.gz': 'old\n' });
  });

  it('reads files of Windows: with a byte-order mark, and in UTF-16', async () => {
    writeFileSync(join(folder, 'facts.json'), '\ufeff{"workers":4}');
    writeFileSync(join(folder, 'error.log'), Buffer.from('\ufeff[error] 7#9: ä\r\n', 'utf16le'));
    writeFileSync(join(folder, 'access.log'), Buffer.from('\ufeff[error]', 'utf16le').swap16());
    expect(await contents(folder)).toEqual({
      'facts.json': '{"workers":4}',
      'error.log': '[error] 7#9: ä\r\n',
      'access.log': '[error]',
    });
  });

  it('is refused with a reason when it is not a bundle', async () => {
    await expect(openBundleFiles(join(folder, 'nope'))).rejects.toThrow(/there is no bundle at/);
    writeFileSync(join(folder, 'bad.tar.gz'), 'not gzip');
    await expect(openBundleFiles(join(folder, 'bad.tar.gz'))).rejects.toThrow(/cannot be unpacked/);
  });

  it('is refused when its archive is truncated', async () => {
    const whole = join(folder, 'whole.tar.gz');
    await writeBundle(whole, { 'error.log': 'a line\n'.repeat(1000) });
    const bytes = readFileSync(whole);
    writeFileSync(join(folder, 'cut.tar.gz'), bytes.subarray(0, bytes.length / 2));
    await expect(openBundleFiles(join(folder, 'cut.tar.gz'))).rejects.toThrow(/cannot be unpacked: unexpected end/);
  });

  it('skips links that are circular, dangling, or lead out of it', async () => {
    symlinkSync('access.log', join(folder, 'error.log'));
    symlinkSync('error.log', join(folder, 'access.log'));
    symlinkSync('nowhere', join(folder, 'nginx.conf'));
    symlinkSync('/proc/self/status', join(folder, 'facts.json'));
    const leftOut: string[] = [];
    expect(await openBundleFiles(folder, (sentence) => leftOut.push(sentence))).toEqual([]);
    expect(leftOut).toEqual(['facts.json: is a symbolic link, not a file: it was not read']);
  });
});

describe('recorded samples', () => {
  it('are read back from the event stream unchanged, and an invalid line is reported, not fatal', async () => {
    const lines = [
      '{"type":"started","at":"2026-01-01T00:00:00.000Z","host":"h"}',
      '{"type":"sample","at":"2026-01-01T00:00:01.000Z","host":"h","probe":"kernel","ok":false,"reason":"denied","detail":"EACCES"}',
      '{"type":"sample","at":"2026-01-01T00:00:02.000Z","probe":"weather","ok":true,"data":{}}',
      'not json',
    ];
    const { samples, problems } = await recorded('samples.ndjson', lines.join('\n'), readSample);
    expect(samples).toEqual([
      { probe: 'kernel', at: Date.UTC(2026, 0, 1, 0, 0, 1), ok: false, reason: 'denied', detail: 'EACCES' },
    ]);
    expect(problems).toEqual(['samples.ndjson:3: unknown probe weather', 'samples.ndjson:4: not JSON']);
  });

  it('have no impossible figure, and a limit of 0 means unknown', async () => {
    const slots = (used: number, limit: number) =>
      `{"at":"2026-01-01T00:00:01.000Z","probe":"slots","ok":true,"data":{"workers":[{"pid":7,"used":${used},"limit":${limit}}]}}`;
    const { samples, problems } = await recorded(
      'samples.ndjson',
      [slots(-5, 64), slots(1e308, 64), slots(5, 0)].join('\n'),
      readSample,
    );
    expect(problems).toHaveLength(2);
    expect(samples).toMatchObject([{ data: { workers: [{ used: 5, limit: null }] } }]);
  });

  it('subtracts the recorder from the page and spaces pages without times', async () => {
    const text = `${JSON.stringify({ at: null, text: STATUS })}\n{"at":null,"failed":"reset"}`;
    const { samples } = await recorded('stub_status.ndjson', text, statusReader(1000, 5000));
    expect(samples.map((sample) => sample.at)).toEqual([1000, 6000]);
    const [page, refused] = samples;
    if (page?.probe !== 'stub-status' || !page.ok || refused?.probe !== 'stub-status' || !refused.ok)
      throw new Error('no');
    expect(page.data.counters).toMatchObject({ active: 2, writing: 1, accepts: 10, handled: 9 });
    expect(refused.data.fresh).toMatchObject({ ok: false, reason: 'reset' });
    expect(refused.data.counters).toBeNull();
  });
});

describe('loose facts', () => {
  it('become the samples that a probe would have made, without invented figures', () => {
    const samples = samplesOf(
      {
        workers: 2,
        fds: [{ pid: 7, used: 1000, soft: 1024, hard: 4096 }],
        sockets: { timeWait: 12, listen: [{ port: 80, recvQ: 129, sendQ: 128 }] },
        kernel: { listenOverflows: 5, ephemeralPorts: '32768 60999' },
      },
      1,
      1024,
    );
    expect(samples.map((sample) => sample.probe)).toEqual(['fds', 'listeners', 'kernel', 'system']);
    const [fds, listeners, kernel, system] = samples;
    expect(fds).toMatchObject({ data: { workers: [{ pid: 7, used: 1000, soft: 1024, hard: 4096 }] } });
    expect(listeners).toMatchObject({ data: { queues: [{ address: '0.0.0.0:80', recvQ: 129, backlog: 128 }] } });
    expect(kernel).toMatchObject({ data: { listenOverflows: 5, listenDrops: null, timeWaitSockets: 12 } });
    expect(system).toMatchObject({ data: { ephemeralPortFirst: 32768, ephemeralPortLast: 60999, somaxconn: null } });
  });

  it('skip typing errors', () => {
    const facts = {
      fds: [
        { used: -3, soft: 64 },
        { used: 5, soft: 0 },
      ],
      sockets: {
        listen: [
          { port: 80, recvQ: -1, sendQ: 4 },
          { port: 81, recvQ: 9, sendQ: 0 },
        ],
      },
    };
    expect(samplesOf(facts, 1, null)).toMatchObject([
      { data: { workers: [{ used: 5, soft: null }] } },
      { data: { queues: [{ address: '0.0.0.0:81', recvQ: 9, backlog: null }] } },
    ]);
  });

  it('distinguishes the noted use per worker from the noted limit', () => {
    const slots = (workerConnections: number[]) =>
      samplesOf({ workerConnections }, 1, 1024).find((sample) => sample.probe === 'slots');
    expect(slots([1024, 1024])).toBeUndefined();
    expect(slots([1020, 12])).toMatchObject({ data: { workers: [{ used: 1020, limit: 1024 }, { used: 12 }] } });
  });
});
