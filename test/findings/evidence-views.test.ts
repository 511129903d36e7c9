/** What the views over the evidence keep apart; each of these was once reported wrongly, or would be. */
import { describe, expect, it } from 'vitest';
import { conclude } from '../diagnose/support/causes.ts';
import { type EvidenceBuilder, evidence, told, workerSockets } from '../diagnose/support/evidence-builder.ts';

const levels = (...used: readonly number[]): EvidenceBuilder =>
  used.reduce(
    (builder, value, i) =>
      builder.sample('slots', 2 * (used.length - 1 - i), {
        workers: [{ pid: 101, used: value, limit: 128, method: 'exact' }],
        old: [],
      }),
    evidence(),
  );

describe('a forecast', () => {
  it('is made of a ramp, not of a jump', () => {
    expect(conclude(levels(40, 50, 60, 70, 80)), 'a ramp').toMatchObject({
      verdict: 'cannot-tell',
      severity: 'warning',
    });
    const jump = conclude(levels(40, 40, 40, 80, 80));
    expect(jump, told(jump)).toMatchObject({ verdict: 'healthy' });
  });

  it('is not made below half of the limit, however fast it rises', () => {
    const ramp = conclude(levels(3, 15, 28, 40, 52));
    expect(ramp, told(ramp)).toMatchObject({ verdict: 'healthy' });
  });
});

describe('the gap', () => {
  it('may stand by one for each worker between two readings without a client lost', () => {
    const grown = (accepts: number) =>
      conclude(evidence().slots([9, 9]).page({ accepts, handled: 10_000 }, { accepts: 10_000, handled: 10_000 }));
    expect(grown(10_002), told(grown(10_002))).toMatchObject({ verdict: 'healthy' });
    expect(grown(10_003)).toMatchObject({ verdict: 'cannot-tell', losing: { now: true } });
  });

  it('of one for each worker, which the reading itself makes, is no note', () => {
    const notes = (accepts: number) =>
      conclude(evidence().slots([9, 9]).page({ accepts, handled: 10_000 })).alsoPresent.includes('static-gap');
    expect([notes(10_002), notes(10_003)]).toEqual([false, true]);
  });
});

describe('clients lost at accept', () => {
  it('are the larger of the growth of the gap and the log lines, not the sum', () => {
    const lost = (gap: number, lines: number) =>
      conclude(
        evidence()
          .slots([128, 128])
          .page({ accepts: 10_000 + gap, handled: 10_000 }, { accepts: 10_000, handled: 10_000 })
          .line('worker-connections', 1, { count: lines, level: 'alert' }),
      ).losing.total;
    expect([lost(50, 30), lost(30, 50)]).toEqual([50, 50]);
  });
});

describe('workers', () => {
  it('are not missing while a reload replaces them, and are when it is long over', () => {
    const replaced = (later: number) =>
      conclude(
        Array.from({ length: later / 4 + 3 }, (_, i) => later + 8 - 4 * i).reduce(
          (builder, ago) => builder.workers([201], ago),
          evidence()
            .slots([9, 9])
            .workers([101, 102], later + 10)
            .line('reload', later + 9, { level: 'notice' }),
        ),
      );
    expect(replaced(0), told(replaced(0))).toMatchObject({ verdict: 'healthy' });
    expect(replaced(20)).toMatchObject({ cause: 'missing-workers' });
  });
});

describe('a status page', () => {
  it('that fails once is no loss, and twice it is', () => {
    const failing = evidence().slots([9, 9]).pageAt(10, {}).pageFails('reset', 5);
    expect(conclude(failing), told(conclude(failing))).toMatchObject({ verdict: 'healthy' });
    expect(conclude(failing.pageFails('reset', 0))).toMatchObject({ verdict: 'cannot-tell', losing: { now: true } });
  });
});

describe('descriptors', () => {
  it('that the master lacks are not the workers’, whatever the level of the line', () => {
    const line = { pid: 100, level: 'crit' as const, captures: { errno: '24' } };
    const diagnosis = conclude(evidence().workers([101, 102]).fds(20, 1024).line('socket-emfile', 1, line));
    expect(diagnosis.summary, told(diagnosis)).toContain('The master process has no descriptor left');
  });
});

describe('a reload', () => {
  it('that is logged and seen in the processes is one', () => {
    const diagnosis = conclude(
      evidence().slots([9, 9]).workers([101, 102], 12).line('reload', 10, { level: 'notice' }).workers([201, 202], 2),
    );
    expect(diagnosis.evidenceFor).toMatchObject([{ signal: 'reload', value: 1 }]);
  });
});

describe('who holds the slots', () => {
  it('is read from the workers in trouble, not from those with room', () => {
    const full = workerSockets({ client: 62, upstream: 62, upstreamSilent: 62 });
    const other = workerSockets({ pid: 102, client: 55 });
    const diagnosis = conclude(
      evidence()
        .slots([127, 60])
        .sample('sockets', 0, { workers: [full, other], timeWaitByPeer: [], tookMs: 3 }),
    );
    expect(diagnosis.summary, told(diagnosis)).toContain('62 of 62 upstream sockets wait for an answer');
    expect(diagnosis.summary).toContain('each of 62 clients');
  });

  it('is not a pool without clients that one sample found in the midst of change', () => {
    const pool = { client: 10, upstream: 60, upstreamSilent: 0 };
    const found = (before: object) => conclude(evidence().slots([127, 127]).sockets(before, 2).sockets(pool)).cause;
    expect(found(pool)).toBe('non-client-slots');
    expect(found({ client: 60, upstream: 60 })).not.toBe('non-client-slots');
  });

  const header = (p95: number) => ({ p50: p95, p95, p99: p95, max: p95 });
  const answering = (builder: EvidenceBuilder, before: number, now: number) => {
    const sample = (ms: number) => ({
      upstreams: [
        { peer: '127.0.0.1:9000', requests: 9, errors5xx: 0, connectMs: null, headerMs: header(ms), responseMs: null },
      ],
    });
    for (const ago of [100, 90, 80]) builder.access({ 200: 9 }, sample(before), ago);
    return conclude(builder.access({ 200: 9 }, sample(now), 1));
  };

  it('is not a backend that was always as slow', () => {
    const given = (before: number) => answering(evidence().slots([127, 127]), before, 5_000);
    expect(given(4_900), told(given(4_900))).toMatchObject({ verdict: 'cannot-tell' });
    expect(given(900), told(given(900))).toMatchObject({ cause: 'slow-upstream' });
  });

  it('is not a backend whose few milliseconds became some more', () => {
    const busy = { active: 62, writing: 60, waiting: 0 };
    const quick = () =>
      evidence()
        .slots([127, 127])
        .sockets({ client: 62, upstream: 62, upstreamSilent: 60, clientRecentlyReceived: 20 })
        .page({ ...busy, requests: 24_000 }, busy)
        .line('worker-connections-upstream', 1, { count: 200, captures: { slots: '128' } });
    expect(answering(quick(), 2, 60), told(answering(quick(), 2, 60))).toMatchObject({ cause: 'slot-capacity' });
    expect(answering(quick(), 2, 800)).toMatchObject({ cause: 'slow-upstream' });
  });
});
