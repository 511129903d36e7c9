import { describe, expect, it } from 'vitest';
import { conclude } from './support/causes.ts';
import { evidence, told } from './support/evidence-builder.ts';

const stopped = { state: 'T' };

describe('one of two workers is stopped', () => {
  const both = () => evidence().slots([5, 5]).workers([101], 1, stopped).workers([101], 0, stopped);

  it('is critical when new connections wait in its own queue: with reuseport no other worker takes them', () => {
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

describe('a worker that never yields', () => {
  const looping = { state: 'R', cpuRatio: 0.3, cpuWantedRatio: 1 };
  const seenTwice = (over: object) => evidence().slots([5, 5]).workers([101], 1, over).workers([101], 0, over);
  const growing = (over: object) => seenTwice(over).queue(24, 511, 2).queue(39, 511, 1).queue(55, 511);

  it('is named on a busy host too, where it gets a third of a CPU, when its queue only grows', () => {
    const diagnosis = conclude(growing(looping));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'likely',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.evidenceFor.map(({ text }) => text)).toContain(
      'worker 101 uses 30% of a CPU and wants 100%: other processes take the rest',
    );
  });

  it('is the root of the queue that fills for it', () => {
    const full = growing(looping).queue(512, 511).kernel({ listenOverflows: 4 }, 5).kernel({ listenOverflows: 40 });
    const diagnosis = conclude(full);
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'stalled-worker' });
    expect(diagnosis.alsoPresent).toContain('accept-queue-overflow');
  });

  it('is detected by its state where the kernel does not say how long it waited', () => {
    const diagnosis = conclude(growing({ state: 'R', cpuRatio: 0.3 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'stalled-worker' });
  });

  it('is not a worker that is merely busy: it empties its queue between two samples', () => {
    const busy = seenTwice(looping).queue(40, 511, 3).queue(55, 511, 2).queue(3, 511, 1).queue(12, 511);
    expect(conclude(busy), told(conclude(busy))).toMatchObject({ verdict: 'healthy' });
  });

  it('is not an idle one whose queue is constant', () => {
    const diagnosis = conclude(growing({ state: 'S', cpuRatio: 0.1, cpuWantedRatio: 0.1 }));
    expect(diagnosis.cause, told(diagnosis)).not.toBe('stalled-worker');
  });
});
