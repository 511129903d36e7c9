import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
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

  it('is not named for a protocol that keeps none, nor for FastCGI without that setting', () => {
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
