import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { listen, pass, place, upstream } from '../support/settings-builder.ts';

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

describe('slow-downloads', () => {
  it('is certain when nearly every client has a full send queue (src/nginx/README.md §4.5)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets({ client: 125, clientSendQueued: 124 })
        .line('worker-connections', 1, alert(5)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-downloads', confidence: 'certain' });
  });

  it('is not named when a few clients read slowly', () => {
    const diagnosis = conclude(
      evidence().slots([127, 127]).sockets({ client: 62, upstream: 62, upstreamSilent: 60, clientSendQueued: 4 }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBe('slow-upstream');
  });
});

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

  it('is not named at a third of the slots, however high Writing is', () => {
    expect(
      conclude(evidence().slots([46, 44]).bothSockets(open).page({ active: 90, writing: 86, waiting: 4 })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});

describe('hot-worker', () => {
  it('is certain when one worker refuses and the others are nearly idle (src/nginx/README.md §4.11)', () => {
    const diagnosis = conclude(
      evidence({ workerCount: 4 })
        .slots([64, 3, 3, 3], undefined, 64)
        .sockets({ client: 61 })
        .page({ active: 62, writing: 20, waiting: 2, reading: 20 })
        .line('worker-connections', 1, alert(17)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'hot-worker',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.summary).toContain('the other 3 workers use 3, 3, 3 of 64 slots');
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'listen … reuseport', line: 20 });
  });

  it('is told by the lines and the page where no worker is counted, as long as Active leaves no doubt', () => {
    const given = (active: number, pids: readonly number[]) => {
      const seen = evidence({ workerCount: 8 }).page({ active, reading: 0, writing: active, waiting: 0 });
      for (const pid of pids) seen.line('worker-connections', 1, { ...alert(3), pid });
      return conclude(seen);
    };
    expect(given(300, [71, 72])).toMatchObject({ cause: 'hot-worker', confidence: 'likely' });
    expect(given(450, [71, 72]).cause).not.toBe('hot-worker');
    expect(given(300, [71, 72, 73, 74, 75]).cause).not.toBe('hot-worker');
  });

  it('is ruled out when the others are full as well', () => {
    const diagnosis = conclude(evidence().slots([127, 110]).line('worker-connections', 1, alert(17)));
    expect(diagnosis.ruledOut.map(({ cause }) => cause)).toContain('hot-worker');
    expect(diagnosis.cause).toBeNull();
  });
});

describe('non-client-slots', () => {
  it('is certain for idle upstream pools (src/nginx/README.md §4.12)', () => {
    const pools = { upstreams: [upstream('app', ['127.0.0.1:9000'], { keepalive: { value: 120, place: place(13) } })] };
    const diagnosis = conclude(
      evidence(pools)
        .slots([126, 20])
        .sockets({ client: 1, upstream: 123, upstreamSilent: 2 })
        .page({ active: 2, writing: 1, waiting: 1 })
        .line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'non-client-slots', confidence: 'certain' });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'keepalive', from: '120', to: '8', line: 13 });
  });

  it('is certain for mirrors to a hung backend', () => {
    const diagnosis = conclude(
      evidence({ usesMirror: true })
        .slots([127])
        .sockets({ client: 26, upstream: 99, upstreamSilent: 99 })
        .page({ active: 26, writing: 26 })
        .line('worker-connections-upstream', 1, alert(8, { ...leg, subrequest: '/m4' })),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'non-client-slots' });
    expect(diagnosis.summary).toContain('Subrequests');
  });

  it('is likely from the log alone when the refused legs are subrequests', () => {
    expect(
      conclude(evidence(null).line('worker-connections-upstream', 1, alert(8, { ...leg, subrequest: '/m4' }))),
    ).toMatchObject({ cause: 'non-client-slots', confidence: 'likely' });
  });

  it('is not named when each stream of a few HTTP/2 clients waits for the backend', () => {
    const diagnosis = conclude(
      evidence({ usesHttp2: true })
        .slots([126, 20])
        .sockets({ client: 3, upstream: 120, upstreamSilent: 119 })
        .page({ active: 5, writing: 100, waiting: 0 }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBe('slow-upstream');
  });
});

describe('module-leak', () => {
  it('is named when a worker says it is full and holds few sockets', () => {
    const diagnosis = conclude(
      evidence({ thirdPartyModules: ['lua'] })
        .slots([40, 38])
        .line('worker-connections-upstream', 1, alert(3, { context: 'ngx.timer' })),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'module-leak',
      confidence: 'likely',
      severity: 'critical',
    });
  });

  it('is named for sockets nobody can explain', () => {
    expect(
      conclude(
        evidence({ thirdPartyModules: ['nchan'] })
          .slots([120, 20])
          .sockets({ client: 10, upstream: 5, unexplained: 100 }),
      ),
    ).toMatchObject({ cause: 'module-leak' });
  });

  it('is not named when the sockets fill the pool', () => {
    expect(
      conclude(
        evidence()
          .slots([127, 120])
          .sockets({ client: 62, upstream: 62, upstreamSilent: 62 })
          .line('worker-connections', 1, alert(3)),
      ).cause,
    ).toBe('slow-upstream');
  });
});

describe('helper-process-slots', () => {
  const small = { count: 2, level: 'alert' as const, pid: 150, captures: { slots: '512' } };
  const large = { workerConnections: { value: 4096, place: place(3) } };

  it('is certain when the pid is the cache manager’s', () => {
    const processes = [
      {
        pid: 150,
        kind: 'cache-manager' as const,
        generation: 'current' as const,
        startedAtMs: 0,
        state: 'S',
        cpuRatio: 0,
        residentBytes: 1,
      },
    ];
    const diagnosis = conclude(
      evidence(large)
        .slots([20, 20], undefined, 4096)
        .sample('workers', 0, { masterPid: 100, masterStartedAtMs: 0, processes })
        .line('worker-connections', 1, small),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'helper-process-slots',
      confidence: 'certain',
      severity: 'warning',
      losing: { now: false },
    });
  });

  it('is likely when the number is the helpers’ and not the configured one', () => {
    expect(conclude(evidence(large).line('worker-connections', 1, small))).toMatchObject({
      cause: 'helper-process-slots',
      confidence: 'likely',
    });
  });

  it('is not named when workers have 512 slots themselves, or a worker speaks', () => {
    expect(
      conclude(evidence({ workerConnections: { value: 512, place: place(3) } }).line('worker-connections', 1, small))
        .cause,
    ).toBeNull();
    expect(conclude(evidence(large).workers([150]).line('worker-connections', 1, small)).cause).toBeNull();
  });
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

    it('is not named when a health check of the host itself waits for what lies behind', () => {
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

describe('reuse-drops', () => {
  const bursts = (seconds: number) => ({
    accepts: 10_000 + 150 * seconds,
    handled: 10_000 + 150 * seconds,
    requests: 20_000 + 19 * seconds,
    active: 3,
    waiting: 2,
    writing: 1,
  });
  const tiny = (level: 'error' | 'warn') => ({
    workerConnections: { value: 32, place: place(3) },
    workerCount: 1,
    errorLogs: [{ target: '/e.log', level, context: 'main' as const, place: place(2) }],
  });

  it('is certain when requests are missing and nginx reuses connections (src/nginx/README.md §4.5)', () => {
    const diagnosis = conclude(
      evidence(tiny('warn'))
        .slots([6], undefined, 32)
        .page(bursts(10), bursts(0))
        .line('worker-connections-reuse', 1, { level: 'warn', count: 8 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'reuse-drops',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, perSecond: 131 },
    });
  });

  it('is seen in a closed loop too, where one connection in ten is closed unread', () => {
    const loop = (seconds: number, share: number) => ({
      ...bursts(seconds),
      accepts: 10_000 + 1_900 * seconds,
      handled: 10_000 + 1_900 * seconds,
      requests: 20_000 + 1_900 * share * seconds,
    });
    const given = (share: number) =>
      conclude(
        evidence(tiny('warn'))
          .slots([6], undefined, 32)
          .page(loop(10, share), loop(0, share))
          .line('worker-connections-reuse', 1, { level: 'warn', count: 8 }),
      );
    expect(given(0.9), told(given(0.9))).toMatchObject({ cause: 'reuse-drops', confidence: 'certain' });
    expect(given(0.98).cause).not.toBe('reuse-drops');
  });

  it('is likely when the log level hides the only line', () => {
    expect(conclude(evidence(tiny('error')).slots([6], undefined, 32).page(bursts(10), bursts(0)))).toMatchObject({
      cause: 'reuse-drops',
      confidence: 'likely',
    });
  });

  it('is likely though a site’s own log holds warnings: reuse is told in the main log alone', () => {
    const { errorLogs, ...rest } = tiny('error');
    const own = { target: '/site.log', level: 'notice' as const, context: 'server' as const, place: place(21) };
    const sited = evidence({ ...rest, errorLogs: [...errorLogs, own] }).slots([6], undefined, 32);
    expect(conclude(sited.page(bursts(10), bursts(0)))).toMatchObject({ cause: 'reuse-drops', confidence: 'likely' });
  });

  it('is ruled out when so few connections never filled so many slots, whatever the log hides', () => {
    const handshakes = (seconds: number) => ({
      ...bursts(seconds),
      accepts: 10_000 + 370 * seconds,
      handled: 10_000 + 370 * seconds,
    });
    const wide = { ...tiny('error'), workerConnections: { value: 1024, place: place(3) } };
    const given = (used: number) =>
      conclude(evidence(wide).slots([used], undefined, 1024).page(handshakes(10), handshakes(0)));
    expect(given(6), told(given(6))).toMatchObject({ verdict: 'healthy' });
    expect(given(600), told(given(600))).toMatchObject({ cause: 'reuse-drops' });
  });

  it('is ruled out when the log would tell and does not: silent health checks', () => {
    expect(conclude(evidence(tiny('warn')).slots([6], undefined, 32).page(bursts(10), bursts(0)))).toMatchObject({
      verdict: 'healthy',
    });
  });

  it('is not named while a pile of idle connections takes the blow', () => {
    const idle = { ...bursts(10), active: 115, waiting: 113 };
    expect(
      conclude(
        evidence()
          .slots([117, 10])
          .page(idle, { ...bursts(0), active: 110, waiting: 108 })
          .line('worker-connections-reuse', 1, { level: 'warn' }),
      ).cause,
    ).toBe('keepalive-pileup');
  });
});
