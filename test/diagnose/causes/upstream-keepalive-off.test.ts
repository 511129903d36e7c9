import { describe, expect, it } from 'vitest';
import type { WorkerSockets } from '../../../src/core/samples/sockets.ts';
import { conclude } from '../support/causes.ts';
import { evidence, told, workerSockets } from '../support/evidence-builder.ts';
import { pass, place, upstream } from '../support/settings-builder.ts';

const set = <T>(value: T, line: number) => ({ value, place: place(line) });
const kept = {
  upstreams: [upstream('app', ['127.0.0.1:9000'], { keepalive: set(16, 14) })],
  passes: [pass('app', { httpVersion: set('1.1', 31), connectionHeader: set('', 32) })],
};
const halfKept = { upstreams: kept.upstreams };

describe('upstream-keepalive-off', () => {
  const churn = (over: object, timeWait: number, workers: readonly WorkerSockets[] = []) =>
    evidence(over)
      .slots([9, 9])
      .system()
      .page({ requests: 21_000 }, { requests: 20_000 })
      .sample('sockets', 0, {
        workers,
        timeWaitByPeer: [{ peer: '127.0.0.1:9000', timeWait, inUse: 8 }],
        tookMs: 2,
      });

  it('is certain when keepalive is written, undone by HTTP/1.0, and each request leaves a TIME_WAIT', () => {
    const diagnosis = conclude(churn(halfKept, 4_991));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-keepalive-off',
      severity: 'warning',
      confidence: 'certain',
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'proxy_http_version', to: '1.1', line: 30 });
  });

  it('is the root of exhausted ports, as bad as they are', () => {
    const diagnosis = conclude(
      churn(halfKept, 4_991).line('connect-no-address', 1, {
        count: 9,
        captures: { errno: '99', upstream: 'http://127.0.0.1:9000/x' },
      }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-keepalive-off',
      severity: 'critical',
      alsoPresent: ['port-exhaustion'],
      losing: { now: true },
    });
  });

  it('is ruled out when few connections are left in TIME_WAIT, or keepalive is in effect', () => {
    expect(conclude(churn(halfKept, 40))).toMatchObject({ verdict: 'healthy' });
    expect(conclude(churn(kept, 4_991))).toMatchObject({ verdict: 'healthy' });
    const modern = { ...halfKept, version: '1.29.7', passes: [pass('app', { httpVersion: set('1.1', 31) })] };
    expect(conclude(churn(modern, 4_991))).toMatchObject({ verdict: 'healthy' });
    expect(conclude(churn({ ...modern, version: 'openresty/1.29.8.1' }, 4_991))).toMatchObject({ verdict: 'healthy' });
  });

  it('speaks of the upstream whose connections are left in TIME_WAIT, not of another one that is undone', () => {
    const idle = (address: string) => upstream('idle', [address], { keepalive: set(16, 14) });
    const passes = [pass('idle'), pass('app')];
    const unasked = upstream('app', ['127.0.0.1:9000']);
    for (const address of ['127.0.0.1:9001', 'idle.internal:80'])
      expect(conclude(churn({ upstreams: [idle(address), unasked], passes }, 4_991))).toMatchObject({
        verdict: 'healthy',
      });
    const both = { upstreams: [idle('127.0.0.1:9001'), ...halfKept.upstreams], passes };
    expect(conclude(churn(both, 4_991)).summary).toContain('of upstream app');
    const named = { upstreams: [idle('app.internal:80')], passes: [pass('idle')] };
    const held = workerSockets({ topUpstreams: [{ address: '127.0.0.1:9000', sockets: 8 }] });
    expect(conclude(churn(named, 4_991, [held])).summary, 'a name may be any address').toContain('of upstream idle');
  });

  it('knows a map that closes every request but upgrades, and mends the map', () => {
    const connectionHeader = { value: '$connection_upgrade', place: place(33) };
    const mapped = pass('app', { httpVersion: set('1.1', 32), connectionHeader, connectionWithoutUpgrade: 'close' });
    const diagnosis = conclude(churn({ ...halfKept, passes: [mapped] }, 4_991));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-keepalive-off' });
    expect(diagnosis.fixes[0]?.snippet).toContain("'' ''");
    expect(diagnosis.fixes[0]?.snippet).not.toContain('Connection ""');
  });
});
