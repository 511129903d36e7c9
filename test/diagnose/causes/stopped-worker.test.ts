import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const stopped = { state: 'T' };

describe('one of two workers is stopped', () => {
  const both = () => evidence().slots([5, 5]).workers([101], 1, stopped).workers([101], 0, stopped);

  it('is critical when newcomers wait in its own queue: with reuseport nobody else takes them', () => {
    const diagnosis = conclude(both().queue(3, 511, 1).queue(5, 511));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, how: 'connections left waiting in the accept queue of 0.0.0.0:80' },
      lasting: true,
    });
  });

  it('is a warning when the others empty the queue it shares', () => {
    const diagnosis = conclude(both().queue(0, 511, 1).queue(2, 511));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'stalled-worker', losing: { now: false } });
  });
});
