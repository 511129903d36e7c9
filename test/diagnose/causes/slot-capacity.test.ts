import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const refused = { count: 20, level: 'alert', captures: { slots: '128' } } as const;

describe('slot-capacity', () => {
  it('is named when quick requests fill the slots', () => {
    const diagnosis = conclude(
      evidence()
        .slots([126, 125])
        .sockets({ client: 60, upstream: 40, upstreamSilent: 3 })
        .page(
          { active: 120, writing: 80, waiting: 40, accepts: 20_000, handled: 19_900, requests: 20_000 },
          { accepts: 10_000, handled: 10_000, requests: 10_000 },
        )
        .line('worker-connections', 1, refused),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'slot-capacity',
      severity: 'critical',
      confidence: 'certain',
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'worker_connections', from: '128', to: '256', line: 3 });
  });

  it('is named for a quick backend, although each upstream leg waits for its answer while it lives', () => {
    const busy = { active: 62, writing: 60, waiting: 0 };
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets({ client: 62, upstream: 62, upstreamSilent: 60, clientRecentlyReceived: 61 })
        .page({ ...busy, accepts: 4_000, handled: 4_000, requests: 24_000 }, busy)
        .line('worker-connections-upstream', 1, {
          count: 200,
          captures: { slots: '128', phase: 'connecting to upstream' },
        }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slot-capacity', confidence: 'certain' });
  });

  it('is named for a quick backend also where clients left and their upstream legs did not yet', () => {
    const busy = { active: 62, writing: 60, waiting: 0 };
    const legs = { client: 30, upstream: 62, upstreamSilent: 60, clientRecentlyReceived: 29 };
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets(legs, 1)
        .sockets(legs)
        .page({ ...busy, accepts: 4_000, handled: 4_000, requests: 24_000 }, busy)
        .line('worker-connections', 1, refused),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slot-capacity' });
  });

  it('is named when full slots turn over, also before the counters show it', () => {
    const turning = { client: 62, upstream: 62, upstreamSilent: 60, clientRecentlyReceived: 61 };
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets(turning, 4)
        .sockets(turning, 2)
        .sockets(turning)
        .line('worker-connections', 1, refused),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slot-capacity' });
  });

  it('is not named for refusals alone: the slots are full, and the cause is not known', () => {
    const diagnosis = conclude(evidence(null).line('worker-connections', 2, refused));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'cannot-tell',
      cause: null,
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.summary).toContain('cannot be named');
  });

  it('is not named when a few slots are used', () => {
    expect(conclude(evidence().slots([60, 50]))).toMatchObject({ verdict: 'healthy' });
  });
});
