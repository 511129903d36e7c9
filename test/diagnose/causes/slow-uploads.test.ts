import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { pass, place } from '../support/settings-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});
const leg = { phase: 'connecting to upstream', upstream: 'http://127.0.0.1:9000/x', client: '192.0.2.7' };
const off = { value: false, place: place(33) };

describe('slow-uploads', () => {
  const sending = { client: 62, upstream: 62, upstreamSilent: 62, clientRecentlyReceived: 62 };
  const unbuffered = { passes: [pass('app', { requestBuffering: off })] };

  it('is named when clients keep sending and no upstream socket is open (src/nginx/README.md §4.4)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([127, 120])
        .bothSockets({ client: 125, clientRecentlyReceived: 125 })
        .page({ active: 250, writing: 248, waiting: 2 })
        .line('worker-connections', 1, alert(9)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'slow-uploads',
      severity: 'critical',
      losing: { now: true },
    });
  });

  it('is named unbuffered once the clients have been sending for longer than any burst', () => {
    const diagnosis = conclude(
      evidence(unbuffered)
        .slots([127, 127])
        .sockets(sending, 6)
        .sockets(sending, 3)
        .sockets(sending)
        .line('worker-connections-upstream', 1, alert(8, leg)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-uploads' });
    expect(diagnosis.fixes.map(({ directive }) => directive)).toContain('proxy_request_buffering');
  });

  it('is not named for a young pile: that may be a slow upstream', () => {
    const diagnosis = conclude(
      evidence(unbuffered).slots([127, 127]).sockets(sending).line('worker-connections-upstream', 1, alert(8, leg)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell' });
  });

  it('is not named when nginx buffers requests: then the pile is young, or turns over quickly', () => {
    expect(conclude(evidence().slots([127, 127]).sockets(sending))).toMatchObject({ verdict: 'cannot-tell' });
    const lasting = evidence().slots([127, 127]).sockets(sending, 6).sockets(sending, 3).sockets(sending);
    expect(conclude(lasting).cause).toBe('slot-capacity');
  });
});
