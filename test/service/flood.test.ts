/** A flood of log lines from countless clients, as the service reads it: block by block into the window. */
import { expect, it } from 'vitest';
import { loadSignalMakers } from '../../src/service/signal-makers.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { SAMPLE_KINDS } from '../support/parts.ts';

const NOW = Date.UTC(2026, 0, 1, 0, 1);
const BLOCKS = 40;
const LINES = 500;
/** One line in 12 is from the same client, which is more than a sixteenth. */
const RETURNS_EVERY = 12;

const limited = (second: number, client: string) =>
  `2026/01/01 00:00:${String(second).padStart(2, '0')} [error] 7#7: *1 limiting requests, excess: 5.1 by zone "one", client: ${client}, server: a, request: "GET / HTTP/1.1", host: "a"`;
const rare = (second: number) =>
  `2026/01/01 00:00:${String(second).padStart(2, '0')} [alert] 9#9: 512 worker_connections are not enough`;

it('is counted in bounded memory, hides no rare line and names the frequent client', { timeout: 60_000 }, () => {
  const make = loadSignalMakers([], { now: () => NOW }, { timezoneOffsetMinutes: 0 }).forSource('error.log');
  const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS, windowMs: 600_000 });
  for (let block = 0; block < BLOCKS; block++) {
    const second = block;
    const lines = Array.from({ length: LINES }, (_, i) =>
      limited(second, i % RETURNS_EVERY === 0 ? '2001:db8::bad' : `2001:db8:${block}::${i.toString(16)}`),
    );
    if (block === 10 || block === 30) lines.splice(LINES / 2, 0, rare(second));
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (const signal of make({ source: 'error.log', generation: 'g', offset: 0, bytes })) timeline.addSignal(signal);
  }
  const { signals } = timeline.evidence(NOW);
  const [flood, few] = [signals.get('limit-req'), signals.get('worker-connections')];
  expect(few).toMatchObject({ count: 2, first: { line: rare(10) }, last: { line: rare(30) } });
  expect(flood?.count).toBe(BLOCKS * LINES);
  expect(flood?.signals.length).toBeLessThanOrEqual(512);
  // Text of a client is not kept.
  expect(flood?.first.line).toBe(limited(0, '2001:db8::bad').replace('host: "a"', 'host: "…"'));
  expect(flood?.last.lastLine ?? flood?.last.line).toContain('00:00:39');
  const [[client, lines] = []] = flood?.byClient ?? [];
  expect(client).toBe('2001:db8::bad');
  expect(lines).toBeLessThanOrEqual(BLOCKS * Math.ceil(LINES / RETURNS_EVERY));
  expect(JSON.stringify(flood).length).toBeLessThan(2 * 2 ** 20);
});
