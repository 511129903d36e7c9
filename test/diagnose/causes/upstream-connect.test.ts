import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told, workerSockets } from '../support/evidence-builder.ts';
import { upstream } from '../support/settings-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-ejected', () => {
  it('is certain when every server was disabled and nobody is asked', () => {
    const diagnosis = conclude(
      calm()
        .line('upstream-disabled', 4, { level: 'warn' })
        .line('no-live-upstreams', 1, { count: 30, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-ejected',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.summary).toContain('after 1 failure nginx avoids a server for 10 s');
  });

  it('is not the root when connects were refused first: the first error names the cause', () => {
    const diagnosis = conclude(
      calm()
        .line('connect-refused', 4, connecting('111'))
        .line('no-live-upstreams', 1, { count: 30, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-down', alsoPresent: ['upstream-ejected'] });
  });
});

describe('upstream-backlog', () => {
  it('is certain for errno 11 on a unix socket', () => {
    const diagnosis = conclude(calm().line('connect-queue-full', 1, connecting('11', 'fastcgi://unix:/run/php.sock:')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-backlog',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.summary).toContain('unix:/run/php.sock does not accept');
  });

  it('is likely for connect timeouts to a local port while a queue that is not nginx’s overflows', () => {
    const local = connecting('110', 'http://127.0.0.1:9000/x');
    const diagnosis = conclude(
      calm()
        .queue(0, 511)
        .kernel({ listenOverflows: 10 }, 5)
        .kernel({ listenOverflows: 90 })
        .line('upstream-connect-timeout', 1, local),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-backlog', confidence: 'likely' });
  });

  it('is not named for a timeout of a remote address', () => {
    expect(conclude(calm().line('upstream-connect-timeout', 1, connecting('110'))).cause).toBe('upstream-unreachable');
  });
});

describe('upstream-unreachable', () => {
  it('is certain without a route', () => {
    const diagnosis = conclude(calm().line('connect-unreachable', 1, connecting('113')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-unreachable',
      confidence: 'certain',
      losing: { now: true },
    });
  });

  it('is likely when connects time out', () => {
    expect(conclude(calm().line('upstream-connect-timeout', 1, connecting('110')))).toMatchObject({
      cause: 'upstream-unreachable',
      confidence: 'likely',
    });
  });

  it('is not named for read timeouts', () => {
    const slow = {
      count: 9,
      captures: { errno: '110', phase: 'reading response header from upstream', upstream: 'http://10.0.0.5:9000/x' },
    };
    expect(conclude(calm().line('upstream-read-timeout', 1, slow)).cause).toBe('slow-upstream');
  });
});

describe('ipv6-unreachable', () => {
  it('is certain for errno 101 and 99 on an IPv6 literal', () => {
    for (const [pattern, errno] of [
      ['connect-unreachable', '101'],
      ['connect-no-address', '99'],
    ] as const) {
      const line = {
        count: 4,
        captures: { errno, peer: '[2001:db8::1]:443', upstream: 'https://[2001:db8::1]:443/x' },
      };
      expect(conclude(calm().line(pattern, 1, line))).toMatchObject({
        cause: 'ipv6-unreachable',
        confidence: 'certain',
      });
    }
  });

  it('is not named when IPv4 addresses lack a port', () => {
    expect(conclude(calm().line('connect-no-address', 1, connecting('99'))).cause).toBe('port-exhaustion');
  });
});

describe('port-exhaustion', () => {
  const peers = (timeWait: number, peer = '10.0.0.5:9000') => ({
    workers: [workerSockets({ upstream: 30, client: 30, topUpstreams: [{ address: '10.0.0.5:9000', sockets: 30 }] })],
    timeWaitByPeer: [{ peer, timeWait, inUse: 30 }],
    tookMs: 2,
  });

  it('is certain from errno 99', () => {
    const diagnosis = conclude(calm().system().line('connect-no-address', 1, connecting('99')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'port-exhaustion',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.fixes.map(({ directive }) => directive)).toContain('net.ipv4.ip_local_port_range');
  });

  it('warns while ports run short', () => {
    expect(conclude(calm().system().sample('sockets', 0, peers(25_000)))).toMatchObject({
      cause: 'port-exhaustion',
      severity: 'warning',
      losing: { now: false },
    });
  });

  it('is not named for another program’s connections', () => {
    const diagnosis = conclude(calm().system().sample('sockets', 0, peers(25_000, '10.0.0.9:5432')));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
  });

  it('does not count ports that the kernel takes back: TIME_WAIT on loopback with tcp_tw_reuse 2', () => {
    const local = peers(25_000, '127.0.0.1:9000');
    expect(conclude(calm().system({ tcpTwReuse: 2 }).sample('sockets', 0, local))).toMatchObject({
      verdict: 'healthy',
    });
    expect(conclude(calm().system({ tcpTwReuse: 0 }).sample('sockets', 0, local)).cause).toBe('port-exhaustion');
  });

  it('is ruled out with ports to spare', () => {
    const diagnosis = conclude(calm().system().sample('sockets', 0, peers(900)));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
    expect(diagnosis.ruledOut.find(({ cause }) => cause === 'port-exhaustion')?.because).toContain('930 of 28232');
  });
});

describe('upstream-denied', () => {
  it('is certain for errno 13', () => {
    expect(conclude(calm().line('connect-denied', 1, connecting('13')))).toMatchObject({
      cause: 'upstream-denied',
      confidence: 'certain',
    });
  });

  it('is not named for a refusal by the upstream', () => {
    expect(conclude(calm().line('connect-refused', 1, connecting('111'))).cause).toBe('upstream-down');
  });
});

describe('upstream-tls', () => {
  it('is certain when handshakes fail', () => {
    const line = {
      count: 3,
      captures: {
        phase: 'SSL handshaking to upstream',
        upstream: 'https://10.0.0.5:443/x',
        reason: 'SSL: error:0A000438:tlsv1 alert internal error',
      },
    };
    const diagnosis = conclude(calm().line('upstream-tls-failed', 1, line));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-tls', confidence: 'certain' });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'proxy_ssl_server_name', to: 'on' });
  });

  it('is not named for handshakes with clients', () => {
    expect(
      conclude(calm().line('client-tls-failed', 1, { count: 9, captures: { phase: 'SSL handshaking' } })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});

describe('upstream-dns', () => {
  it('is certain when a name cannot be resolved, with the resolver’s own reason', () => {
    const diagnosis = conclude(
      calm().line('upstream-name-unresolved', 1, { count: 5, captures: { name: 'app.internal', errno: '110' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-dns', confidence: 'certain' });
    expect(diagnosis.summary).toContain('app.internal cannot be resolved: the resolver does not answer');
  });

  it('is not named when a resolved address refuses', () => {
    expect(conclude(calm().line('connect-refused', 1, connecting('111', 'http://app.internal:80/'))).cause).toBe(
      'upstream-down',
    );
  });
});

describe('one bad server of two', () => {
  it('costs nobody anything and is only a warning', () => {
    const pair = evidence({ upstreams: [upstream('app', ['10.0.0.5:9000', '10.0.0.6:9000'])] }).slots([10, 10]);
    const diagnosis = conclude(
      pair.line('connect-refused', 1, connecting('111')).line('upstream-disabled', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-down',
      severity: 'warning',
      losing: { now: false },
    });
  });
});
