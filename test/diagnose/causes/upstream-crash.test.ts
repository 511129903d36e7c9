import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { upstream } from '../support/settings-builder.ts';

const broke = (count: number) => ({
  count,
  captures: { errno: '104', phase: 'reading response header from upstream', upstream: 'http://127.0.0.1:9000/x' },
});

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

  it('is reported by the backend’s own master beside nginx’s lines (phalcon/cphalcon#12160)', () => {
    const diagnosis = conclude(
      evidence(null)
        .line('upstream-reset', 2, broke(1))
        .line('fpm-child-died', 2, { captures: { signal: '11' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-crash', confidence: 'certain' });
    expect(diagnosis.summary).toContain('php-fpm reports a child ended by signal 11');
  });

  it.each([
    ['fpm-child-died', {}, 'php-fpm reports a child ended by signal ?'],
    ['gunicorn-timeout', {}, 'gunicorn killed a worker that took longer than its own timeout'],
    ['systemd-process-died', { name: 'app.service' }, 'systemd reports that app.service died'],
    ['kernel-segfault', { name: 'ruby' }, 'the kernel reports that ruby died'],
    ['kernel-oom-kill', {}, 'the kernel reports that a process died'],
  ])('is certain beside %s %j and quotes it', (pattern, captures, quoted) => {
    const { cause, summary } = conclude(
      evidence(null).line('upstream-reset', 2, broke(1)).line(pattern, 2, { captures }),
    );
    expect([cause, summary]).toEqual(['upstream-crash', expect.stringContaining(quoted)]);
  });

  it('leaves the name to the ejection where one server is left beside "down" ones (nginx-proxy/nginx-proxy#1495)', () => {
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

  it('is not distinguished from the idle race by the log alone', () => {
    const diagnosis = conclude(evidence(null).line('upstream-closed-early', 2, broke(3)));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', cause: null });
    expect(diagnosis.summary).toContain('upstream-crash or upstream-idle-race');
  });
});
