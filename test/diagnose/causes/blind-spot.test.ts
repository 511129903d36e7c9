import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

describe('blind-spot', () => {
  const level = (name: 'error' | 'notice') => ({
    errorLogs: [{ target: '/e.log', level: name, context: 'main' as const, place: place(2) }],
  });

  it('is a note when the log level hides what would tell of a loss', () => {
    const diagnosis = conclude(evidence(level('error')).slots([5, 5]));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', alsoPresent: ['blind-spot'] });
    expect(diagnosis.notObservable[0]).toMatchObject({ remedy: 'error_log /e.log notice;' });
  });

  it('is not claimed when the log shows everything', () => {
    expect(conclude(evidence(level('notice')).slots([5, 5])).alsoPresent).toEqual([]);
  });
});
