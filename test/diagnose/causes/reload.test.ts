import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('reload', () => {
  it('is a note, never more', () => {
    const diagnosis = conclude(evidence().slots([30, 30]).line('reload', 5, { level: 'notice', pid: 100 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', cause: null, alsoPresent: ['reload'] });
  });

  it('is detected without a log when all workers were replaced under the same master', () => {
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
