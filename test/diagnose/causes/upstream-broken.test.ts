import { describe, expect, it } from 'vitest';
import type { WorkerSockets } from '../../../src/core/samples/sockets.ts';
import { conclude } from '../support/causes.ts';
import { evidence, told, workerSockets } from '../support/evidence-builder.ts';
import { pass, place, upstream } from '../support/settings-builder.ts';

const broke = (count: number) => ({
  count,
  captures: { errno: '104', phase: 'reading response header from upstream', upstream: 'http://127.0.0.1:9000/x' },
});
const set = <T>(value: T, line: number) => ({ value, place: place(line) });
const kept = {
  upstreams: [upstream('app', ['127.0.0.1:9000'], { keepalive: set(16, 14) })],
  passes: [pass('app', { httpVersion: set('1.1', 31), connectionHeader: set('', 32) })],
};
const halfKept = { upstreams: kept.upstreams };

describe('upstream-crash', () => {
  it('is certain when it breaks connections and refuses them in between, again and again', () => {
    const diagnosis = conclude(
      evidence()
        .slots([9, 9])
        .line('upstream-reset', 20, broke(3))
        .line('connect-refused', 18, { count: 4, captures: { errno: '111', upstream: 'http://127.0.0.1:9000/x' } })
        .line('upstream-closed-early', 2, broke(5)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'certain' });
    expect(diagnosis.alsoPresent).toContain('upstream-down');
  });

  describe('beside servers that refuse for a while', () => {
    const at = (port: number, count = 1) => ({ count, captures: { upstream: `http://127.0.0.1:${port}/x` } });

    it('is ruled out where each of two broke only as it went away: they are restarted one after the other', () => {
      const diagnosis = conclude(
        evidence({ upstreams: [upstream('app', ['127.0.0.1:9000', '127.0.0.1:9001'])] })
          .slots([9, 9])
          .line('upstream-closed-early', 12, at(9000))
          .line('connect-refused', 12, at(9000, 3))
          .line('upstream-closed-early', 3, at(9001, 2))
          .line('connect-refused', 3, at(9001, 3))
          .access({ 200: 300, 502: 7 }),
      );
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-down' });
      expect(diagnosis.ruledOut.map(({ cause }) => cause)).toContain('upstream-crash');
    });

    it('takes no refusal of a sibling for one of the server that broke', () => {
      const diagnosis = conclude(
        evidence().slots([9, 9]).line('connect-refused', 14, at(9001, 4)).line('upstream-closed-early', 2, at(9000, 6)),
      );
      expect(diagnosis.confidence, told(diagnosis)).not.toBe('certain');
    });

    it('is at most likely from a single break after refusals', () => {
      const diagnosis = conclude(
        evidence().slots([9, 9]).line('connect-refused', 14, at(9000, 4)).line('upstream-closed-early', 2, at(9000)),
      );
      expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'likely' });
    });
  });

  it('is likely when breaks lead to no live upstreams', () => {
    const diagnosis = conclude(
      evidence()
        .slots([9, 9])
        .line('upstream-closed-early', 5, broke(5))
        .line('no-live-upstreams', 2, { count: 20, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-crash',
      confidence: 'likely',
      alsoPresent: ['upstream-ejected'],
    });
  });

  it('is ruled out when what reaches the backend is mostly answered: then nginx keeps away by itself', () => {
    const poisoned = (ok: number) =>
      evidence({ upstreams: [upstream('app', ['127.0.0.1:9000', '127.0.0.1:9001'])] })
        .slots([9, 9])
        .line('upstream-closed-early', 8, broke(2))
        .line('upstream-disabled', 8, { count: 2, level: 'warn' })
        .line('no-live-upstreams', 2, { count: 60, captures: { upstream: 'http://app/x' } })
        .access({ 200: ok, 502: 61 });
    const healthy = conclude(poisoned(25));
    expect(healthy, told(healthy)).toMatchObject({ cause: 'upstream-ejected', severity: 'critical' });
    const dying = conclude(poisoned(1));
    expect(dying, told(dying)).toMatchObject({ cause: 'upstream-crash', alsoPresent: ['upstream-ejected'] });
  });

  it('is ruled out when connections broke only as the backend went away', () => {
    const diagnosis = conclude(
      evidence()
        .slots([9, 9])
        .line('upstream-reset', 12, broke(6))
        .line('connect-refused', 11, { count: 90, captures: { errno: '111', upstream: 'http://127.0.0.1:9000/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-down' });
  });

  it('is the root of a cascade that began well before the backend was gone', () => {
    const diagnosis = conclude(
      evidence()
        .slots([9, 9])
        .line('upstream-closed-early', 20, broke(3))
        .line('upstream-closed-early', 14, broke(3))
        .line('connect-refused', 10, { count: 90, captures: { errno: '111', upstream: 'http://127.0.0.1:9000/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'likely' });
    expect(diagnosis.alsoPresent).toContain('upstream-down');
  });

  it('is likely when one request breaks again at each attempt, as no race over an idle connection does (Kong/kong#3082)', () => {
    const diagnosis = conclude(evidence(null).line('upstream-reset', 2, { ...broke(8), connection: 244_286 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'likely' });
  });

  it('is told by the backend’s own master beside nginx’s lines (phalcon/cphalcon#12160)', () => {
    const diagnosis = conclude(
      evidence(null)
        .line('upstream-reset', 2, broke(1))
        .line('fpm-child-died', 2, { captures: { signal: '11' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'certain' });
    expect(diagnosis.summary).toContain('php-fpm reports a child ended by signal 11');
  });

  it('leaves the name to the ejection where one server stands beside "down" ones (nginx-proxy/nginx-proxy#1495)', () => {
    const group = upstream('app', ['127.0.0.1:9000', '127.0.0.1']);
    const servers = group.servers.map((server, i) => ({ ...server, down: i === 1 }));
    const diagnosis = conclude(
      evidence({ upstreams: [{ ...group, servers }] })
        .slots([9, 9])
        .line('upstream-closed-early', 3, broke(1))
        .line('no-live-upstreams', 2, { count: 9, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-ejected' });
    expect(diagnosis.summary).toContain('the only server that is not marked down');
  });

  it('is not told from the idle race by the log alone', () => {
    const diagnosis = conclude(evidence(null).line('upstream-closed-early', 2, broke(3)));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', cause: null });
    expect(diagnosis.summary).toContain('upstream-crash or upstream-idle-race');
  });
});

describe('upstream-idle-race', () => {
  it('counts requests, not attempts: one server that answers the repeated ones is no crash', () => {
    const given = (ok: number, failed: number) =>
      conclude(evidence(kept).slots([9, 9]).line('upstream-reset', 2, broke(143)).access({ 200: ok, 502: failed }));
    expect(given(223, 11), told(given(223, 11))).toMatchObject({ cause: 'upstream-idle-race', confidence: 'likely' });
    expect(given(91, 143), told(given(91, 143))).toMatchObject({ cause: 'upstream-crash' });
  });

  it('does not speak of other servers where there are none', () => {
    const alone = conclude(evidence(kept).slots([9, 9]).line('upstream-reset', 2, broke(1)).access({ 200: 223 }));
    expect(alone.summary).toContain('no client got a 502 or 504 so far');
    const servers = [upstream('app', ['127.0.0.1:9000', '127.0.0.1:9001'], { keepalive: set(16, 14) })];
    const spared = evidence({ ...kept, upstreams: servers }).slots([9, 9]);
    expect(conclude(spared.line('upstream-reset', 2, broke(1)).access({ 200: 223 })).summary).toContain(
      'other servers took over',
    );
  });

  it('is likely for a small share of breaks on kept connections', () => {
    const diagnosis = conclude(
      evidence(kept).slots([9, 9]).line('upstream-reset', 2, broke(3)).access({ 200: 500, 502: 3 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-idle-race',
      confidence: 'likely',
      severity: 'warning',
    });
  });

  it('is not named when nginx keeps no connections', () => {
    const diagnosis = conclude(
      evidence().slots([9, 9]).line('upstream-reset', 2, broke(3)).access({ 200: 500, 502: 3 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash' });
  });

  it('is not named for a protocol that keeps none, nor for FastCGI that is not told to', () => {
    const spoken = (over: object) =>
      conclude(
        evidence({ ...kept, passes: [pass('app', over)] })
          .slots([9, 9])
          .line('upstream-reset', 2, broke(3))
          .access({ 200: 500, 502: 3 }),
      );
    for (const kind of ['uwsgi', 'scgi', 'fastcgi'])
      expect(spoken({ kind, httpVersion: set(kind, 31) })).toMatchObject({ cause: 'upstream-crash' });
    const keepConn = set(true, 33);
    expect(spoken({ kind: 'fastcgi', httpVersion: set('fastcgi', 31), keepConn })).toMatchObject({
      cause: 'upstream-idle-race',
    });
  });

  it('is not named when most requests break', () => {
    const diagnosis = conclude(
      evidence(kept).slots([9, 9]).line('upstream-reset', 2, broke(60)).access({ 200: 20, 502: 60 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash' });
  });
});

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

  it('is ruled out when few connections are left behind, or keepalive is in effect', () => {
    expect(conclude(churn(halfKept, 40))).toMatchObject({ verdict: 'healthy' });
    expect(conclude(churn(kept, 4_991))).toMatchObject({ verdict: 'healthy' });
    const modern = { ...halfKept, version: '1.29.7', passes: [pass('app', { httpVersion: set('1.1', 31) })] };
    expect(conclude(churn(modern, 4_991))).toMatchObject({ verdict: 'healthy' });
    expect(conclude(churn({ ...modern, version: 'openresty/1.29.8.1' }, 4_991))).toMatchObject({ verdict: 'healthy' });
  });

  it('speaks of the upstream whose connections are left behind, not of another one that is undone', () => {
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
