import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

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
