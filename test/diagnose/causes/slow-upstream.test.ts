import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { pass, upstream } from '../support/settings-builder.ts';

const pile = {
  client: 62,
  upstream: 62,
  upstreamSilent: 62,
  topUpstreams: [{ address: '127.0.0.1:9000', sockets: 62 }],
};

describe('slow-upstream', () => {
  it('is certain when silent upstream sockets fill a worker that answers 500 (src/nginx/README.md §4.1)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([100, 100], [127, 127])
        .sockets(pile)
        .page({ active: 125, writing: 125, waiting: 0, accepts: 1_200, handled: 1_200, requests: 1_200 })
        .line('worker-connections-upstream', 1, {
          count: 8,
          level: 'alert',
          captures: { slots: '128', phase: 'connecting to upstream' },
        }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'named',
      cause: 'slow-upstream',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.losing).toMatchObject({ now: true, how: '500s for want of an upstream slot' });
    expect(diagnosis.alsoPresent).toContain('slot-capacity');
    expect(diagnosis.fixes[0]).toMatchObject({
      directive: 'proxy_read_timeout',
      from: '60 s',
      file: '/etc/nginx/nginx.conf',
    });
  });

  it('names no location for a server that several names may mean', () => {
    const sites = ['a', 'b'].map((name) => upstream(name, [`${name}.internal:80`]));
    const passes = sites.map(({ name }) => pass(name));
    const resolved = { ...pile, topUpstreams: [{ address: '10.0.0.5:80', sockets: 62 }] };
    const given = (over: object) => conclude(evidence(over).slots([127, 127]).sockets(resolved)).fixes;
    expect(given({ upstreams: sites, passes })).toEqual([]);
    expect(given({ upstreams: sites.slice(0, 1), passes })[0]).toMatchObject({ directive: 'proxy_read_timeout' });
  });

  it('is not concluded from silent sessions of a TCP proxy: those may be idle clients', () => {
    const streamed = {
      upstreams: [upstream('app', ['127.0.0.1:9000'], { context: 'stream' })],
      passes: [pass('app', { context: 'stream' })],
    };
    const diagnosis = conclude(
      evidence(streamed)
        .slots([100, 100], [127, 127])
        .sockets(pile)
        .line('worker-connections-upstream', 1, {
          count: 8,
          captures: { slots: '128', phase: 'connecting to upstream' },
        }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', severity: 'critical' });
    expect(diagnosis.summary).toContain('a TCP proxy cannot tell');
  });

  it('is named in a flood too: requests answered 500 at once were not served quickly', () => {
    const stuck = { active: 125, writing: 125, waiting: 0 };
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets({ ...pile, clientRecentlyReceived: 25 })
        .page({ ...stuck, requests: 22_000 }, stuck)
        .line('worker-connections-upstream', 0.5, {
          count: 199,
          captures: { slots: '128', phase: 'connecting to upstream' },
        }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBe('slow-upstream');
  });

  it('is no slot-capacity while the page from before the pile is all that could be read of it', () => {
    const calm = { active: 40, writing: 6, waiting: 30, requests: 20_000 };
    const diagnosis = conclude(
      evidence()
        .slots([256, 256], [256, 256], 256)
        .bothSockets({ client: 250, upstream: 250, upstreamSilent: 248, clientRecentlyReceived: 110 })
        .pageAt(11, { ...calm, requests: 19_000 })
        .pageAt(2, calm)
        .pageFails('reset', 0)
        .line('worker-connections-upstream', 0.5, {
          count: 12,
          captures: { slots: '256', phase: 'connecting to upstream' },
        }),
    );
    expect(diagnosis.cause, told(diagnosis)).not.toBe('slot-capacity');
    expect(diagnosis.losing.now).toBe(true);
  });

  const overUnix = { ...pile, upstreamSilent: 0, topUpstreams: [{ address: 'unix:/run/app.sock', sockets: 62 }] };
  const stuck = { active: 62, writing: 62, waiting: 0 };
  const slowly = { ...stuck, requests: 20_060 };

  it('is likely behind a unix socket, whose waiting no table shows', () => {
    const diagnosis = conclude(evidence().slots([127]).sockets(overUnix).page(slowly, stuck));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream', confidence: 'likely' });
  });

  it('is not named behind a unix socket where websockets pass, or that answers quickly', () => {
    const websockets = evidence({ passes: [pass('app', { upgradesWebsocket: true })] });
    expect(conclude(websockets.slots([127]).sockets(overUnix).page(slowly, stuck)).cause).not.toBe('slow-upstream');
    const quick = { ...stuck, requests: 22_000 };
    expect(conclude(evidence().slots([127]).sockets(overUnix).page(quick, stuck)).cause).toBe('slot-capacity');
  });

  it('keeps its name while later looks at the sockets time out, for half a minute', () => {
    const given = (secondsAgo: number) =>
      conclude(
        evidence()
          .slots([127, 127])
          .sockets(pile, secondsAgo)
          .failed('sockets', 5, 'timeout')
          .failed('sockets', 0, 'timeout'),
      );
    expect(given(20), told(given(20))).toMatchObject({ cause: 'slow-upstream', confidence: 'certain' });
    expect(given(40), told(given(40))).toMatchObject({ verdict: 'cannot-tell', cause: null });
  });

  it('warns with the time left while the pile still grows', () => {
    const diagnosis = conclude(
      evidence()
        .slots([20, 20], [100, 100])
        .sockets({ ...pile, client: 50, upstream: 50, upstreamSilent: 49 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'slow-upstream',
      severity: 'warning',
      losing: { now: false },
    });
    expect(diagnosis.summary).toContain('full in about 3.5 s');
  });

  it('takes no quick answers of before for evidence that the awaited ones are slow', () => {
    const header = (p95: number) => ({
      upstreams: [
        {
          peer: '127.0.0.1:9000',
          requests: 40,
          errors5xx: 0,
          connectMs: null,
          headerMs: { count: 40, p50: p95, p95, p99: p95, max: p95 },
          responseMs: null,
        },
      ],
    });
    const signals = (p95: number) =>
      conclude(evidence().slots([127, 127]).sockets(pile).access({ 200: 40 }, header(p95))).evidenceFor.map(
        ({ signal }) => signal,
      );
    expect(signals(52)).not.toContain('access.header_p95');
    expect(signals(9_000)).toContain('access.header_p95');
  });

  it('is likely from an error log alone when refused legs and read timeouts stand together', () => {
    const diagnosis = conclude(
      evidence(null)
        .line('worker-connections-upstream', 5, {
          count: 30,
          captures: { slots: '1024', phase: 'connecting to upstream' },
        })
        .line('upstream-read-timeout', 4, {
          count: 3,
          captures: { phase: 'reading response header from upstream', upstream: 'http://10.0.0.5:9000/x' },
        }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'slow-upstream',
      confidence: 'likely',
      severity: 'critical',
    });
    expect(diagnosis.summary).toContain('10.0.0.5:9000');
  });

  it('is named for 504s alone, while slots are free', () => {
    const diagnosis = conclude(
      evidence()
        .slots([10, 10])
        .line('upstream-read-timeout', 2, {
          count: 20,
          captures: { phase: 'reading response header from upstream', upstream: 'http://app/x' },
        }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream', losing: { now: true } });
  });

  it('is not named for refused legs alone: who holds the slots is not seen', () => {
    const diagnosis = conclude(
      evidence(null).line('worker-connections-upstream', 5, {
        count: 30,
        captures: { slots: '1024', phase: 'connecting to upstream' },
      }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', cause: null, losing: { now: true } });
  });

  it('is not named when the upstream has answered and connections stay open', () => {
    const open = { ...pile, upstreamSilent: 0 };
    const diagnosis = conclude(
      evidence({ passes: [pass('app', { upgradesWebsocket: true })] })
        .slots([127, 60])
        .sockets(open)
        .line('worker-connections-upstream', 1, { count: 4 }),
    );
    expect(diagnosis.cause, told(diagnosis)).not.toBe('slow-upstream');
    expect(diagnosis.ruledOut.map(({ cause }) => cause)).toContain('slow-upstream');
  });

  it('is not named for a websocket that fell silent', () => {
    const diagnosis = conclude(
      evidence()
        .slots([10, 10])
        .line('upstream-read-timeout', 2, { count: 3, captures: { phase: 'proxying upgraded connection' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
  });

  describe('by the access log alone', () => {
    const times = (ms: number) => ({ p50: ms, p95: ms, p99: ms, max: ms });
    const peer = (connectMs: number | null) => ({
      upstreams: [
        {
          peer: '127.0.0.1:9000',
          requests: 40,
          errors5xx: 40,
          connectMs: connectMs === null ? null : times(connectMs),
          headerMs: null,
          responseMs: times(60_000),
        },
      ],
    });

    it('is likely when the backend accepts at once and its 504s took long', () => {
      const diagnosis = conclude(evidence().access({ 200: 10, 504: 40 }, peer(1)));
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream', confidence: 'likely' });
    });

    it('is not named when it is unknown whether the backend accepts', () => {
      const diagnosis = conclude(evidence().access({ 200: 10, 504: 40 }, peer(null)));
      expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', severity: 'critical' });
    });

    it('names the slowest of a thousand slow servers, and not all of them', () => {
      const [one] = peer(1).upstreams;
      const upstreams = Array.from({ length: 1_000 }, (_, i) => ({
        ...one,
        peer: `10.0.0.${i}:80`,
        responseMs: times(3_000 + i),
      }));
      const diagnosis = conclude(evidence().access({ 200: 10, 504: 40 }, { upstreams } as ReturnType<typeof peer>));
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream' });
      expect(diagnosis.evidenceFor.map(({ value }) => value)).toEqual([3_999, 3_998, 3_997, 3_996, 3_995]);
    });

    it('is not named for a few among many', () => {
      const diagnosis = conclude(evidence().access({ 200: 2000, 504: 4 }, peer(1)));
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: null });
    });
  });
});
