import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { pass } from '../support/settings-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});
const leg = { phase: 'connecting to upstream', upstream: 'http://127.0.0.1:9000/x', client: '192.0.2.7' };

describe('long-lived-connections', () => {
  const open = { client: 62, upstream: 62, upstreamSilent: 0 };

  it('is certain for websockets on both legs (src/nginx/README.md §4.12)', () => {
    const diagnosis = conclude(
      evidence({ passes: [pass('app', { upgradesWebsocket: true })] })
        .slots([127, 120])
        .sockets(open)
        .line('worker-connections-upstream', 1, alert(4, leg)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'long-lived-connections',
      confidence: 'certain',
      severity: 'critical',
    });
  });

  it('is certain by websockets that ended lately, counted as evidence, and likely without one', () => {
    const ended = (status: Readonly<Record<string, number>>) =>
      conclude(evidence().slots([127, 120]).sockets(open).page({ active: 62, writing: 62 }).access(status));
    expect(ended({ 101: 3 })).toMatchObject({ cause: 'long-lived-connections', confidence: 'certain' });
    expect(ended({ 101: 3 }).evidenceFor).toContainEqual(
      expect.objectContaining({ signal: 'access.status_101', value: 3 }),
    );
    expect(ended({ 200: 3 })).toMatchObject({ cause: 'long-lived-connections', confidence: 'likely' });
    expect(ended({ 200: 3 }).evidenceFor.map(({ signal }) => signal)).not.toContain('access.status_101');
  });

  it('is not named at a third of the slots, however high Writing is', () => {
    expect(
      conclude(evidence().slots([46, 44]).bothSockets(open).page({ active: 90, writing: 86, waiting: 4 })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});
