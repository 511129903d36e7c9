import { describe, expect, it } from 'vitest';
import { conclude } from './support/causes.ts';
import { evidence, NOW, told } from './support/evidence-builder.ts';

const refused = (count: number) => ({ count, level: 'alert', captures: { slots: '128' } }) as const;

describe('the seconds after a fault has ended', () => {
  it('take no module for the holder of slots that were full when clients were refused', () => {
    const diagnosis = conclude(
      evidence().slots([128, 126], [4, 4], 128, 20).line('worker-connections', 10, refused(20)),
    );
    expect(diagnosis.alsoPresent, told(diagnosis)).not.toContain('module-leak');
    expect(diagnosis.cause).not.toBe('module-leak');
  });

  it('take no worker for a hot one because the others emptied first', () => {
    const diagnosis = conclude(
      evidence().slots([128, 128], [126, 30], 128, 10).line('worker-connections', 1, refused(20)),
    );
    expect(diagnosis.cause, told(diagnosis)).not.toBe('hot-worker');
    expect(diagnosis.alsoPresent).not.toContain('hot-worker');
  });
});

describe('a pool that is free again', () => {
  const given = () =>
    evidence()
      .slots([128, 128], [128, 128], 128, 20)
      .sockets({ client: 62, upstream: 62, upstreamSilent: 62 }, 12)
      .sockets({ client: 62, upstream: 62, upstreamSilent: 62 }, 10);

  it('is attributed to what held it while it was full, not to what is left', () => {
    const builder = given().line('worker-connections', 9, refused(20));
    for (let ago = 8; ago >= 0; ago--) {
      const worker = { used: 20, limit: 128, method: 'exact' as const };
      builder.sample('slots', ago, {
        workers: [
          { pid: 101, ...worker },
          { pid: 102, ...worker },
        ],
        old: [],
      });
    }
    const diagnosis = conclude(builder.sockets({ client: 2, upstream: 17 }).page({ active: 2 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-upstream' });
    expect(diagnosis.summary).toContain(
      'worker 101 used 128 of 128 slots and clients were turned away until 9 s ago; now 20 are used',
    );
  });

  it('is distinguished from one that fills between two samples', () => {
    const diagnosis = conclude(evidence().slots([64, 50]).line('worker-connections', 1, refused(2)));
    expect(diagnosis.summary).toContain(
      'worker 101 uses 64 of 128 slots in the last sample (64 at most lately, more in between) and clients are turned away',
    );
  });

  it('is no hot worker when the idle one has only just replaced a worker that died', () => {
    const worker = (pid: number, secondsAgo: number) => ({
      pid,
      kind: 'worker' as const,
      generation: 'current' as const,
      startedAtMs: NOW - secondsAgo * 1000,
      state: 'S',
      cpuRatio: 0,
      residentBytes: null,
    });
    const given = (secondsAgo: number) =>
      conclude(
        evidence()
          .slots([128, 4], [10, 4], 128, 10)
          .sample('workers', 0, {
            masterPid: 100,
            masterStartedAtMs: NOW - 7_200_000,
            processes: [worker(101, 3600), worker(102, secondsAgo)],
          })
          .line('worker-connections', 8, refused(20)),
      );
    expect(given(3600), told(given(3600))).toMatchObject({ cause: 'hot-worker' });
    expect(given(5).cause, told(given(5))).not.toBe('hot-worker');
    expect(given(5).alsoPresent).not.toContain('hot-worker');
  });

  it('stays a hot worker when it was one', () => {
    const diagnosis = conclude(evidence().slots([128, 4], [10, 4], 128, 10).line('worker-connections', 2, refused(20)));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'hot-worker' });
  });
});

describe('connections counted without a socket', () => {
  it('are not phantoms when sockets and counters were read seconds apart', () => {
    const diagnosis = conclude(
      evidence().slots([76, 60]).sockets({ client: 39 }, 5).page({ active: 80, writing: 78, waiting: 1 }),
    );
    expect(diagnosis.alsoPresent, told(diagnosis)).not.toContain('phantom-counters');
  });

  it('are not phantoms while the sockets of another look account for them', () => {
    const page = { active: 80, writing: 78, waiting: 1 };
    const diagnosis = conclude(
      evidence().slots([76]).sockets({ client: 79 }, 3).pageAt(3, page).sockets({ client: 40 }).pageAt(0, page),
    );
    expect(diagnosis.alsoPresent, told(diagnosis)).not.toContain('phantom-counters');
  });
});
