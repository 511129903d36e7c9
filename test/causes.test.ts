/** Pays for the missing compiler check: a cause is found by its file, so files, names and references must agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { consequencesOf } from '../src/diagnose/rank.ts';
import { CAUSE_FILES, CAUSES, conclude } from './diagnose/support/causes.ts';
import { evidence, MEANINGS } from './diagnose/support/evidence-builder.ts';
import { CHECK_IDS } from './support/checks.ts';
import { SAMPLE_KINDS } from './support/parts.ts';

const PROBES: readonly string[] = SAMPLE_KINDS.map(({ id }) => id);
/** The ids that other programs rely on. */
const CONTRACT = `
slot-capacity reuse-drops slow-upstream keepalive-pileup slow-clients slow-uploads slow-downloads long-lived-connections
hot-worker non-client-slots module-leak helper-process-slots proxy-loop
fd-exhaustion fd-leak fd-limit-overridden system-fd-exhaustion process-limit
accept-queue-overflow stalled-worker conntrack-full
upstream-down upstream-ejected upstream-backlog upstream-unreachable upstream-crash upstream-idle-race
upstream-keepalive-off port-exhaustion upstream-tls upstream-dns upstream-denied ipv6-unreachable
worker-crash worker-killed missing-workers old-workers reload-storm nginx-down config-invalid
rate-limited limit-key-shared shared-zone-full disk-full
reload static-gap phantom-counters blind-spot disputed-lines`
  .trim()
  .split(/\s+/);
const GROUPS = new Set([...MEANINGS.values()].flatMap(({ groups }) => groups));
const NOTES = ['reload', 'static-gap', 'phantom-counters', 'blind-spot', 'disputed-lines'];

const ids = CAUSES.map(({ id }) => id);
const byId = new Map(CAUSES.map((cause) => [cause.id, cause]));

/** A reader of the page must be able to open what it rests on. */
const PUBLIC_SOURCE = /^(nginx (src\/|docs: |CHANGES )|linux |man \d |openresty |[\w.-]+\/[\w.-]+#\d+$)/;

/** What every probe reads on a host where nothing is wrong. */
const calm = () =>
  evidence()
    .slots([10, 10])
    .bothSockets({ client: 10 })
    .page({})
    .workers([101, 102], 5)
    .workers([101, 102])
    .fds(60, 1024)
    .queue(0, 511)
    .kernel({ conntrackCount: 100, conntrackMax: 65_536 }, 5)
    .kernel({ conntrackCount: 100, conntrackMax: 65_536 })
    .system()
    .access({ 200: 300 });

describe('the causes', () => {
  it('include those of the contract', () => {
    expect(CONTRACT.filter((id) => !byId.has(id))).toEqual([]);
  });

  it('are named like their files', () => {
    expect(CAUSE_FILES).toEqual(CAUSES.map(({ id }) => `${id}.ts`));
  });

  it('have one test file each, of the same name', () => {
    const files = readdirSync(new URL('./diagnose/causes/', import.meta.url)).sort();
    expect(files).toEqual(CAUSES.map(({ id }) => `${id}.test.ts`).sort());
  });

  it('are notes where the contract says so', () => {
    const promised = CAUSES.filter(({ id }) => CONTRACT.includes(id));
    expect(promised.filter(({ kind }) => kind === 'note').map(({ id }) => id)).toEqual(NOTES.toSorted());
  });

  it('have precedences of their own, so that no tie is left to the alphabet', () => {
    const numbers = CAUSES.map(({ precedence }) => precedence);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('name only checks that exist as the next ones', () => {
    const folder = new URL('../src/diagnose/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const named = files.flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/\bnextChecks: [^\]]*\]/g)]
        .flatMap(([text]) => [...text.matchAll(/'([^']+)'/g)])
        .map(([, id]) => ({ file, id })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ id }) => !CHECK_IDS.includes(id ?? ''))).toEqual([]);
  });

  it('do not follow from themselves', () => {
    const circles = ids.filter((id) =>
      [...consequencesOf(id, byId)].some((other) => consequencesOf(other, byId).has(id)),
    );
    expect(circles).toEqual([]);
  });
});

describe.each(CAUSES.map((cause) => [cause.id, cause] as const))('%s', (id, cause) => {
  it('reads only patterns, probes and settings that exist', () => {
    const unknown = cause.reads.filter((name) => !PROBES.includes(name) && name !== 'settings' && !GROUPS.has(name));
    expect(unknown).toEqual([]);
    expect(cause.reads.length).toBeGreaterThan(0);
  });

  it('refers only to causes that exist', () => {
    const named = [...cause.consequences, ...cause.differsFrom.map((other) => other.cause)];
    expect(named.filter((other) => !byId.has(other))).toEqual([]);
    expect(named).not.toContain(id);
  });

  it('explains itself', () => {
    expect(cause.references.length).toBeGreaterThan(0);
    expect(cause.differsFrom.length).toBeGreaterThan(0);
    for (const text of [cause.title, cause.means, cause.looksLike, cause.fix]) expect(text.length).toBeGreaterThan(3);
    for (const source of cause.references) expect(source).toMatch(PUBLIC_SOURCE);
  });

  it('is not confirmed on a calm host, nor where nothing was read', () => {
    for (const { cause: named, alsoPresent } of [conclude(calm()), conclude(evidence(null))])
      expect([named, ...alsoPresent]).not.toContain(id);
  });
});
