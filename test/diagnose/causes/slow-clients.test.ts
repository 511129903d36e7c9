import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const refused = { count: 20, level: 'alert', captures: { slots: '128' } } as const;

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
