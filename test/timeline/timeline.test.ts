import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import type { Signal } from '../../src/core/signal.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { SAMPLE_KINDS } from '../support/parts.ts';

const T0 = Date.UTC(2026, 0, 1);

function fds(at: number, used = 1): Sample {
  return {
    probe: 'fds',
    at,
    ok: true,
    data: { workers: [{ pid: 7, used, soft: 64, hard: 64 }], master: null, systemUsed: null, systemMax: null },
  };
}

function signal(at: number, over: Partial<Signal> = {}): Signal {
  return {
    pattern: 'worker-connections',
    at,
    timed: true,
    source: 'error.log',
    level: 'alert',
    pid: 7,
    connection: null,
    captures: {},
    count: 1,
    line: 'a line',
    ...over,
  };
}

const create = (over: object = {}) =>
  createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS, windowMs: 60_000, ...over });

describe('samples', () => {
  it('leave the window by age, except the newest', () => {
    const timeline = create();
    timeline.addSample(fds(T0));
    timeline.addSample(fds(T0 + 30_000));
    expect(timeline.evidence(T0 + 70_000).history.fds).toHaveLength(1);
    const late = timeline.evidence(T0 + 600_000);
    expect(late.history.fds).toEqual([]);
    expect(late.latest.fds?.at).toBe(T0 + 30_000);
  });

  it('are put in order when late, and ignored when in the future', () => {
    const timeline = create();
    for (const at of [3_000, 1_000, 2_000, 9_000]) timeline.addSample(fds(T0 + at));
    expect(timeline.evidence(T0 + 5_000).history.fds?.map(({ at }) => at - T0)).toEqual([1_000, 2_000, 3_000]);
    expect(timeline.evidence(T0 + 5_000).latest.fds?.at).toBe(T0 + 3_000);
  });

  it('are bounded in number', () => {
    const timeline = create({ maxSamples: 10 });
    for (let i = 0; i < 1_000; i++) timeline.addSample(fds(T0 + i));
    expect(timeline.evidence(T0 + 1_000).history.fds).toHaveLength(10);
  });

  it('from before the clock was set back are dropped, with the signals of that time', () => {
    const timeline = create();
    timeline.addSample(fds(T0 + 3_600_000));
    timeline.addSignal(signal(T0 + 3_600_000));
    timeline.addSample(fds(T0, 9));
    const evidence = timeline.evidence(T0 + 1_000);
    expect(evidence.latest.fds?.at).toBe(T0);
    expect(timeline.evidence(T0 + 3_600_500).signals.size).toBe(0);
  });

  it('that failed are kept with the others', () => {
    const timeline = create();
    timeline.addSample(fds(T0));
    timeline.addSample({ probe: 'fds', at: T0 + 1_000, ok: false, reason: 'denied', detail: 'EACCES' });
    const evidence = timeline.evidence(T0 + 1_000);
    expect(evidence.latest.fds?.ok).toBe(false);
    expect(evidence.history.fds?.map(({ ok }) => ok)).toEqual([true, false]);
  });
});

describe('signals', () => {
  it('are tallied with count, rate, pids, first and last', () => {
    const timeline = create();
    timeline.addSignal(signal(T0, { count: 5 }));
    timeline.addSignal(signal(T0 + 20_000, { pid: 8, count: 30 }));
    const tally = timeline.evidence(T0 + 21_000).signals.get('worker-connections');
    expect(tally).toMatchObject({ count: 35, perSecond: 3, firstAt: T0, lastAt: T0 + 20_000 });
    expect([...(tally?.byPid ?? [])]).toEqual([
      [8, 30],
      [7, 5],
    ]);
  });

  it('list the busiest peers and clients, most first', () => {
    const timeline = create();
    const about = (peer: string, client: string) => ({ captures: { peer, client } });
    timeline.addSignal(signal(T0, { ...about('10.0.0.5:80', 'a'), count: 3 }));
    timeline.addSignal(
      signal(T0 + 1, {
        ...about('10.0.0.6:80', 'b'),
        count: 9,
        busiest: {
          client: [
            { key: 'c', count: 5 },
            { key: 'a', count: 4 },
          ],
        },
      }),
    );
    const tally = timeline.evidence(T0 + 2).signals.get('worker-connections');
    expect([...(tally?.byPeer ?? [])]).toEqual([
      ['10.0.0.6:80', 9],
      ['10.0.0.5:80', 3],
    ]);
    expect([...(tally?.byClient ?? [])]).toEqual([
      ['a', 7],
      ['c', 5],
    ]);
  });

  it('keep all counts with countless clients, and the busiest of them', () => {
    const timeline = create({ maxSignals: 64 });
    for (let i = 0; i < 5_000; i++) {
      const client = i % 4 === 0 ? 'busy' : `client-${i}`;
      timeline.addSignal(signal(T0 + i, { captures: { client, upstream: `http://app/${i}` } }));
    }
    const tally = timeline.evidence(T0 + 5_000).signals.get('worker-connections');
    expect(tally?.count).toBe(5_000);
    expect(tally?.signals.length).toBeLessThanOrEqual(64);
    expect(tally?.byClient.keys().next().value).toBe('busy');
    expect(tally?.byClient.get('busy')).toBeGreaterThan(1_200);
  });

  it('keep all counts with countless pids and peers, and the first and the last line', () => {
    const timeline = create({ maxSignals: 64 });
    for (let i = 0; i < 5_000; i++) {
      const peer = i % 8 === 0 ? '10.0.0.5:80' : `10.1.${i >> 8}.${i & 255}:80`;
      timeline.addSignal(signal(T0 + i, { pid: i, captures: { peer }, line: `line ${i}` }));
    }
    const tally = timeline.evidence(T0 + 5_000).signals.get('worker-connections');
    expect(tally?.count).toBe(5_000);
    expect(tally?.signals.length).toBeLessThanOrEqual(64);
    expect(tally?.byPeer.get('10.0.0.5:80')).toBeLessThanOrEqual(625);
    expect(tally?.byPeer.get('10.0.0.5:80')).toBeGreaterThan(625 - 5_000 / 16);
    expect([tally?.first.line, tally?.first.lastLine, tally?.last.line]).toEqual([
      'line 0',
      expect.stringMatching(/^line \d+$/),
      'line 4999',
    ]);
  });

  it('of one client or log displace no others', () => {
    const timeline = create({ maxSignals: 64 });
    const about = (n: number, client: string, source: string) =>
      signal(T0 + n * 10, { source, captures: { client, peer: `10.0.${n >> 8}.${n & 255}:80` } });
    const quiet = [signal(T0 + 1, { pid: 8, captures: { client: '198.51.100.1', peer: '192.0.2.80:80' } })];
    quiet.push(signal(T0 + 2, { pid: 9, source: 'other.log', captures: { zone: 'one' } }));
    for (const one of quiet) timeline.addSignal(one);
    for (let i = 0; i < 1000; i++) timeline.addSignal(about(i, '203.0.113.9', 'error.log'));
    const tally = timeline.evidence(T0 + 30_000).signals.get('worker-connections');
    expect(tally?.count).toBe(1002);
    expect(tally?.signals.length).toBeLessThanOrEqual(64);
    for (const one of quiet) expect(tally?.signals).toContainEqual(one);
  });

  it('of deaths keep the processes separate while there is room', () => {
    const timeline = create({ maxSignals: 64 });
    for (let i = 0; i < 200; i++)
      timeline.addSignal(signal(T0 + i, { captures: { child: String(i % 20), signal: '11' } }));
    const tally = timeline.evidence(T0 + 30_000).signals.get('worker-connections');
    expect(new Set(tally?.signals.map(({ captures }) => captures.child)).size).toBe(20);
    expect(tally?.count).toBe(200);
  });

  it('leave the window by age, the last one too', () => {
    const timeline = create();
    timeline.addSignal(signal(T0));
    expect(timeline.evidence(T0 + 59_999).signals.size).toBe(1);
    expect(timeline.evidence(T0 + 60_000).signals.size).toBe(0);
  });

  it('of the future wait until their time', () => {
    const timeline = create();
    timeline.addSignal(signal(T0 + 10_000));
    expect(timeline.evidence(T0).signals.size).toBe(0);
    expect(timeline.evidence(T0 + 10_000).signals.size).toBe(1);
  });

  it('keep their count in a flood, in bounded memory', () => {
    const timeline = create({ maxSignals: 64 });
    for (let i = 0; i < 5_000; i++) timeline.addSignal(signal(T0 + i, { pid: 7 + ((i >> 8) % 2) }));
    const tally = timeline.evidence(T0 + 5_000).signals.get('worker-connections');
    expect(tally?.count).toBe(5_000);
    expect(tally?.signals.length).toBeLessThanOrEqual(64);
  });

  it('of many patterns at once share one bound, lose no count and keep a rare line', () => {
    const timeline = create();
    timeline.addSignal(signal(T0, { pattern: 'rare', line: 'said once' }));
    for (let i = 0; i < 300; i++)
      for (let p = 0; p < 100; p++)
        timeline.addSignal(signal(T0 + i * 10, { pattern: `p${p}`, pid: i, captures: { client: `192.0.2.${i}` } }));
    const tallies = [...timeline.evidence(T0 + 5_000).signals.values()];
    expect(tallies.reduce((sum, { signals }) => sum + signals.length, 0)).toBeLessThanOrEqual(3_072);
    expect(tallies.map(({ count }) => count)).toEqual([1, ...Array(100).fill(300)]);
    expect(tallies[0]?.first.line).toBe('said once');
  });

  it('give the same tally in any order', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 50_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(times, (list) => {
        const [forward, backward] = [create(), create()];
        for (const at of list.toSorted((a, b) => a - b)) forward.addSignal(signal(T0 + at));
        for (const at of list.toSorted((a, b) => b - a)) backward.addSignal(signal(T0 + at));
        expect(backward.evidence(T0 + 50_000).signals).toEqual(forward.evidence(T0 + 50_000).signals);
      }),
    );
  });
});

describe('evidence', () => {
  it('is a snapshot: later input does not change it', () => {
    const timeline = create();
    timeline.addSample(fds(T0));
    const evidence = timeline.evidence(T0 + 1_000);
    timeline.addSample(fds(T0 + 500));
    expect(evidence.history.fds).toHaveLength(1);
  });

  it('carries given and computed blind spots', () => {
    const timeline = create();
    timeline.setNotObservable([{ what: 'x', because: 'y', remedy: 'z' }]);
    expect(timeline.evidence(T0).notObservable.map(({ what }) => what)).toEqual(['x', "nginx's configuration"]);
  });
});
