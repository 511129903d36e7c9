import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { listen, pass, place, upstream } from '../support/settings-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});

describe('proxy-loop', () => {
  const loop = { phase: 'connecting to upstream', upstream: 'http://127.0.0.1:80/', client: '127.0.0.1' };

  it('is named when the upstream is nginx’s own listener and the client this host', () => {
    const diagnosis = conclude(evidence().slots([128, 128]).line('worker-connections-upstream', 1, alert(20, loop)));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'proxy-loop',
      confidence: 'likely',
      severity: 'critical',
    });
  });

  it('is certain when the sockets lead back as well', () => {
    const own = [{ address: '127.0.0.1:80', sockets: 60 }];
    const diagnosis = conclude(
      evidence()
        .slots([128, 128])
        .sockets({
          client: 62,
          upstream: 62,
          upstreamSilent: 62,
          topUpstreams: own,
          topClients: [{ address: '127.0.0.1', sockets: 61 }],
        })
        .line('worker-connections-upstream', 1, alert(20, loop)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'proxy-loop', confidence: 'certain' });
    expect(diagnosis.alsoPresent).toContain('slow-upstream');
  });

  it('names its own listener, by the log alone and by the sockets alone', () => {
    const leadingBack = {
      client: 62,
      upstream: 62,
      upstreamSilent: 62,
      topUpstreams: [{ address: '127.0.0.1:80', sockets: 60 }],
      topClients: [{ address: '127.0.0.1', sockets: 61 }],
    };
    const full = () => evidence().slots([128, 128]);
    for (const given of [full().line('worker-connections-upstream', 1, alert(20, loop)), full().sockets(leadingBack)])
      expect(conclude(given).summary).toContain('to itself: 127.0.0.1:80 is its own listener');
  });

  it('is likely when fewer than 30 % of the sockets, or only half of the clients, are of this host', () => {
    const confidence = (toSelf: number, fromSelf: number) =>
      conclude(
        evidence()
          .slots([128, 128])
          .sockets({
            client: 60,
            upstream: 60,
            upstreamSilent: 60,
            topUpstreams: [{ address: '127.0.0.1:80', sockets: toSelf }],
            topClients: [{ address: '127.0.0.1', sockets: fromSelf }],
          })
          .line('worker-connections-upstream', 1, alert(20, loop)),
      ).confidence;
    expect([confidence(36, 31), confidence(35, 31), confidence(36, 30)]).toEqual(['certain', 'likely', 'likely']);
  });

  it('is not named for a server that passes to a second server of the same nginx', () => {
    const inner = { ...loop, client: '192.0.2.7' };
    expect(
      conclude(evidence().slots([128, 128]).line('worker-connections-upstream', 1, alert(20, inner))).cause,
    ).toBeNull();
  });

  describe('of two servers of one nginx, the first before the second', () => {
    const servers = (line: number) => ({ servers: [{ place: place(line), names: [] }] });
    const tiers = (last: string) => ({
      listens: [listen('0.0.0.0:80', servers(40)), listen('127.0.0.1:8080', servers(50))],
      upstreams: [upstream('127.0.0.1:8080', ['127.0.0.1:8080']), upstream(last, [last])],
      passes: [pass('127.0.0.1:8080', { server: place(40) }), pass(last, { server: place(50) })],
    });
    const health = { upstream: 'http://127.0.0.1:8080/health', client: '127.0.0.1' };
    const slow = (last: string) =>
      evidence(tiers(last))
        .slots([128, 128])
        .sockets({
          client: 62,
          upstream: 62,
          upstreamSilent: 62,
          topUpstreams: [
            { address: '127.0.0.1:8080', sockets: 42 },
            { address: last, sockets: 20 },
          ],
          topClients: [{ address: '127.0.0.1', sockets: 40 }],
        })
        .line('worker-connections-upstream', 2, alert(20, { phase: 'connecting to upstream' }))
        .line('upstream-read-timeout', 1, { count: 3, captures: { phase: 'reading response header', ...health } });

    it('is not named when a health check of the host itself waits for the backend', () => {
      const diagnosis = conclude(slow('127.0.0.1:9000'));
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream' });
    });

    it('is named when the second passes back, by address, by name or by a variable', () => {
      for (const last of ['127.0.0.1:80', 'www.internal:80']) expect(conclude(slow(last)).cause).toBe('proxy-loop');
      const varied = tiers('127.0.0.1:9000').passes.map((one) => ({ ...one, upstream: null }));
      const variable = evidence({ ...tiers('127.0.0.1:9000'), passes: varied }).slots([128, 128]);
      expect(conclude(variable.line('upstream-read-timeout', 1, { count: 3, captures: health })).cause).toBe(
        'proxy-loop',
      );
    });
  });
});
