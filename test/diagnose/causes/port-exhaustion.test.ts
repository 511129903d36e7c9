import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told, workerSockets } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

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
