import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('reload', () => {
  it('is a note, never more', () => {
    const diagnosis = conclude(evidence().slots([30, 30]).line('reload', 5, { level: 'notice', pid: 100 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', cause: null, alsoPresent: ['reload'] });
  });

  it('is seen without a log when all workers were replaced under the same master', () => {
    expect(conclude(evidence().slots([5, 5]).workers([101, 102], 10).workers([201, 202], 2)).alsoPresent).toEqual([
      'reload',
    ]);
  });

  it('is not claimed when one of two workers was replaced', () => {
    expect(conclude(evidence().slots([5, 5]).workers([101, 102], 10).workers([101, 202], 2)).alsoPresent).not.toContain(
      'reload',
    );
  });
});

describe('static-gap', () => {
  const old = { accepts: 10_066, handled: 10_000 };

  it('is a note when the gap stands still (src/nginx/README.md §4.14)', () => {
    const diagnosis = conclude(evidence().slots([5, 5]).page(old));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'healthy',
      alsoPresent: ['static-gap'],
      losing: { now: false },
    });
  });

  it('is not a note when the gap grows', () => {
    const diagnosis = conclude(evidence(null).page({ accepts: 10_200, handled: 10_000 }, old));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', losing: { now: true } });
    expect(diagnosis.alsoPresent).not.toContain('static-gap');
  });

  it('is not claimed from a single reading', () => {
    expect(conclude(evidence(null).pageAt(0, old))).toMatchObject({ verdict: 'cannot-tell', alsoPresent: [] });
  });
});

describe('upstream-down', () => {
  const refused = {
    count: 12,
    captures: { errno: '111', phase: 'connecting to upstream', upstream: 'http://127.0.0.1:9000/x' },
  };

  it('is certain from refused connects that end in 502s', () => {
    const diagnosis = conclude(
      evidence().slots([10, 10]).line('connect-refused', 1, refused).access({ 200: 10, 502: 12 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-down',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, how: '502 and 504 answers' },
    });
  });

  it('is a warning when another server took over', () => {
    const diagnosis = conclude(
      evidence()
        .slots([10, 10])
        .line('connect-refused', 1, refused)
        .line('upstream-disabled', 1, { level: 'warn' })
        .access({ 200: 100 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-down',
      severity: 'warning',
      losing: { now: false },
    });
  });

  it('is not named for a refused line of long ago', () => {
    expect(conclude(evidence().slots([10, 10]).line('connect-refused', 300, refused))).toMatchObject({
      verdict: 'healthy',
    });
  });
});

describe('disputed-lines', () => {
  const crashOf = (child: string) => ({ level: 'alert' as const, pid: 100, captures: { child, signal: '11' } });

  it('is a note when the process that is said to have crashed is alive', () => {
    const diagnosis = conclude(
      evidence()
        .slots([5, 5])
        .workers([101, 102], 10)
        .line('worker-exited-on-signal', 5, crashOf('101'))
        .line('worker-exited-on-signal', 4, crashOf('102'))
        .workers([101, 102]),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'healthy',
      alsoPresent: ['disputed-lines'],
      losing: { now: false },
    });
    expect(diagnosis.summary).toContain('process 101 is alive, and older than the line');
  });

  it('is not there when the process is gone and another one began', () => {
    const diagnosis = conclude(
      evidence()
        .slots([5, 5])
        .workers([101, 102], 10)
        .line('worker-exited-on-signal', 5, crashOf('101'))
        .line('worker-exited-on-signal', 4, crashOf('102'))
        .workers([103, 104]),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'worker-crash', severity: 'critical' });
    expect(diagnosis.alsoPresent).not.toContain('disputed-lines');
  });
});
