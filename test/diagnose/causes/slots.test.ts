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

describe('keepalive-pileup', () => {
  it('stands once nginx has closed idle connections for seconds, and may pass after one line', () => {
    const full = { active: 120, waiting: 118, writing: 1, reading: 1 };
    const given = () => evidence().slots([117, 10]).page(full).line('worker-connections-reuse', 1, { level: 'warn' });
    expect(conclude(given().line('worker-connections-reuse', 8, { level: 'warn' }))).toMatchObject({
      cause: 'keepalive-pileup',
      lasting: true,
    });
    expect(conclude(given())).not.toHaveProperty('lasting');
  });

  const idle = { active: 115, waiting: 113, writing: 1, reading: 0 };

  it('is a warning when idle clients fill the slots and nginx makes room (src/nginx/README.md §4.2)', () => {
    const diagnosis = conclude(
      evidence().slots([117, 10]).page(idle).line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'keepalive-pileup',
      severity: 'warning',
      losing: { now: false },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'keepalive_timeout', from: '75 s', to: '15s' });
  });

  it('is ruled out when Waiting is high but slots are free', () => {
    const diagnosis = conclude(evidence().slots([45, 44]).page({ active: 88, waiting: 86, writing: 1 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
    expect(diagnosis.ruledOut).toContainEqual({
      cause: 'keepalive-pileup',
      because: 'Waiting is 98% of the connections, but slots are free',
    });
  });

  it('is not named for a burst whose first bytes are not read yet', () => {
    const between = { active: 3, waiting: 2, writing: 1 };
    const diagnosis = conclude(
      evidence().slots([117, 10]).page(idle, between).line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBeNull();
  });

  it('is ruled out while clients are turned away', () => {
    const diagnosis = conclude(evidence().slots([127, 127]).page(idle).line('worker-connections', 1, refused));
    expect(diagnosis.cause, told(diagnosis)).not.toBe('keepalive-pileup');
  });
});

describe('slow-clients', () => {
  it('is certain when Reading fills the slots (src/nginx/README.md §4.3)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .bothSockets({ client: 126, topClients: [{ address: '192.0.2.7', sockets: 120 }] })
        .page({ active: 250, reading: 247, writing: 1, waiting: 2 })
        .line('worker-connections', 1, refused),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'slow-clients',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.evidenceFor.map(({ text }) => text)).toContain(
      '192.0.2.7 holds 240 of 252 client connections (95%)',
    );
  });

  it('is named for TLS handshakes, which none of the three states counts', () => {
    const diagnosis = conclude(evidence().slots([120, 120]).page({ active: 247, reading: 0, writing: 1, waiting: 2 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-clients', severity: 'warning' });
    expect(diagnosis.summary).toContain('TLS handshake');
  });

  it('is not named when Reading is a plateau with slots to spare', () => {
    expect(
      conclude(evidence().slots([75, 75]).page({ active: 150, reading: 147, writing: 1, waiting: 2 })),
    ).toMatchObject({ verdict: 'healthy' });
  });

  it('does not trust shares that phantom counters make up', () => {
    const diagnosis = conclude(
      evidence()
        .slots([110, 10])
        .bothSockets({ client: 12 }, 10)
        .bothSockets({ client: 12 })
        .page({ active: 250, reading: 247, writing: 1, waiting: 2 }),
    );
    expect(diagnosis.cause, told(diagnosis)).not.toBe('slow-clients');
  });
});
