/** Replay ends with a diagnosis for any content of a bundle's files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Content, replayContent } from './recording.ts';

const SCENARIOS = resolve(import.meta.dirname, '../scenarios');
const NAMES = ['error.log', 'access.log', 'nginx.conf', 'stub_status.ndjson', 'samples.ndjson', 'facts.json'] as const;

const SAMPLES = [
  { probe: 'slots', data: { workers: [{ pid: 7, used: 60, limit: 64, method: 'exact' }], old: [] } },
  { probe: 'fds', data: { workers: [{ pid: 7, used: 1000, soft: 1024, hard: 4096 }], master: null } },
  { probe: 'listeners', data: { queues: [{ address: '0.0.0.0:80', recvQ: 129, backlog: 128, inode: 3 }] } },
  { probe: 'kernel', data: { listenOverflows: 5, conntrackCount: 9, conntrackMax: 10 } },
  { probe: 'workers', data: { masterPid: 1, processes: [{ pid: 7, kind: 'worker', generation: 'current' }] } },
  { probe: 'sockets', data: { workers: [{ pid: 7, client: 40, upstream: 40 }] } },
  { probe: 'access', data: { intervalMs: 5000, requests: 9, status: { 502: 9 }, upstreams: [] } },
  { probe: 'system', data: { cpus: 2, disks: [] } },
];
const sampleLines = SAMPLES.map((sample, i) =>
  JSON.stringify({ type: 'sample', at: `2026-01-01T00:00:0${i}.000Z`, ok: true, ...sample }),
).join('\n');

/** Real files of the scenarios, to truncate and to splice. */
const real: readonly { name: string; text: string }[] = [
  { name: 'samples.ndjson', text: sampleLines },
  ...readdirSync(SCENARIOS).flatMap((id) =>
    readdirSync(join(SCENARIOS, id))
      .filter((name) => (NAMES as readonly string[]).includes(name))
      .map((name) => ({ name, text: readFileSync(join(SCENARIOS, id, name), 'utf8') })),
  ),
];

const damaged = fc
  .record({ file: fc.constantFrom(...real), at: fc.nat(), drop: fc.nat(400), put: fc.string({ maxLength: 80 }) })
  .map(({ file, at, drop, put }) => {
    const from = at % (file.text.length + 1);
    return { name: file.name, data: Buffer.from(file.text.slice(0, from) + put + file.text.slice(from + drop)) };
  });
const noise = fc.record({
  name: fc.constantFrom(...NAMES),
  data: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
});
const strange = fc.record({
  name: fc.constantFrom('samples.ndjson', 'stub_status.ndjson', 'facts.json'),
  data: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
});

/** Valid samples and facts with one value replaced by another. */
const swapped = fc
  .record({
    line: fc.nat(SAMPLES.length - 1),
    value: fc.oneof(fc.constantFrom(null, -1, 1e300, '', [], {}, '__proto__', Number.MAX_SAFE_INTEGER), fc.jsonValue()),
    at: fc.nat(),
  })
  .map(({ line, value, at }) => {
    const lines = sampleLines.split('\n');
    const values = [...(lines[line] ?? '').matchAll(/:("[^"]*"|[\d.]+|\[|\{|true|null)/g)].filter(
      ([text]) => !/[[{]/.test(text),
    );
    const hit = values[at % values.length];
    const text = lines[line] ?? '';
    if (hit !== undefined) {
      lines[line] = `${text.slice(0, hit.index)}:${JSON.stringify(value)}${text.slice(hit.index + hit[0].length)}`;
    }
    return { name: 'samples.ndjson', data: Buffer.from(lines.join('\n')) };
  });

const contents = fc
  .array(fc.oneof(damaged, noise, strange, swapped), { minLength: 1, maxLength: 4 })
  .map((files): Content => Object.fromEntries(files.map(({ name, data }) => [name, data])));

describe('a hostile bundle', () => {
  it('is replayed to a diagnosis, whatever it contains', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 4096 }), async (content, chunkBytes) => {
        const { diagnosis } = await replayContent(content, chunkBytes);
        expect(['named', 'healthy', 'cannot-tell']).toContain(diagnosis.verdict);
        expect(() => JSON.stringify(diagnosis)).not.toThrow();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
