import cron from 'node-cron';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { createDigestSchedule } from '../../src/schedule/digest-schedule.ts';
import { openStore } from '../../src/store/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Night {
  readonly cron?: string;
  readonly timezone?: string;
  /** ISO, UTC. */
  readonly from: string;
}

/** A clock that a test sets, a store that survives restarts, and the posted digests. */
function night({ cron: expression = '0 9 * * *', timezone = 'UTC', from }: Night) {
  const { facts } = openStore(':memory:');
  const posted: string[] = [];
  let now = Date.parse(from);
  let failures = 0;
  const start = () =>
    createDigestSchedule({
      config: { cron: expression, timezone },
      facts,
      logger: silentLogger,
      now: () => now,
      async post(key) {
        if (failures-- > 0) throw new Error('no Slack');
        posted.push(`${key} at ${new Date(now).toISOString().slice(0, 16)}`);
      },
    });
  let schedule = start();
  return {
    posted,
    fail: (times: number) => {
      failures = times;
    },
    /** Runs until that moment, with a tick every `everyMs`. */
    async until(iso: string, everyMs = 20_000) {
      for (; now <= Date.parse(iso); now += everyMs) await schedule.tick();
    },
    restart() {
      schedule.stop();
      schedule = start();
    },
    /** Sets the wall clock. */
    step(ms: number) {
      now += ms;
    },
    /** Down for that long, then started again. */
    down(ms: number) {
      now += ms;
      this.restart();
    },
  };
}

describe('the digest schedule', () => {
  it('posts once a day at its minute', async () => {
    const life = night({ from: '2026-11-20T08:00:00Z' });
    await life.until('2026-11-21T10:00:00Z');
    expect(life.posted).toEqual(['2026-11-20T09:00 at 2026-11-20T09:00', '2026-11-21T09:00 at 2026-11-21T09:00']);
  });

  it('posts once when the process restarts within the minute', async () => {
    const life = night({ from: '2026-11-20T08:59:50Z' });
    await life.until('2026-11-20T09:00:10Z', 5_000);
    life.restart();
    await life.until('2026-11-20T09:00:40Z', 5_000);
    life.restart();
    await life.until('2026-11-20T12:00:00Z');
    expect(life.posted).toHaveLength(1);
  });

  it('posts a missed digest once after the process was down', async () => {
    const life = night({ from: '2026-11-20T08:30:00Z' });
    await life.until('2026-11-20T08:40:00Z');
    life.down(2 * HOUR_MS);
    await life.until('2026-11-20T12:00:00Z');
    expect(life.posted).toEqual(['2026-11-20T09:00 at 2026-11-20T10:40']);
  });

  it('skips a digest that is hours late', async () => {
    const life = night({ from: '2026-11-20T08:30:00Z' });
    await life.until('2026-11-20T08:40:00Z');
    life.down(7 * HOUR_MS);
    await life.until('2026-11-20T23:00:00Z');
    expect(life.posted).toEqual([]);
  });

  it('posts no missed digest at the first start', async () => {
    const life = night({ from: '2026-11-20T09:30:00Z' });
    await life.until('2026-11-20T12:00:00Z');
    expect(life.posted).toEqual([]);
  });

  it('posts on the day whose hour daylight saving skips, where node-cron alone would not', async () => {
    const expression = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    const alone = cron.createTask(expression.cron, () => {}, { timezone: expression.timezone });
    const midnight = Date.parse('2026-03-28T23:00:00Z');
    const minutes = Array.from({ length: 23 * 60 }, (_, minute) => new Date(midnight + minute * MINUTE_MS));
    expect(minutes.some((minute) => alone.match(minute))).toBe(false);
    const life = night({ ...expression, from: '2026-03-28T12:00:00Z' });
    await life.until('2026-03-30T12:00:00Z');
    expect(life.posted).toEqual(['2026-03-29T02:30 at 2026-03-29T01:00', '2026-03-30T02:30 at 2026-03-30T00:30']);
  });

  it('posts once in the hour that daylight saving repeats', async () => {
    const life = night({ cron: '30 2 * * *', timezone: 'Europe/Berlin', from: '2026-10-24T12:00:00Z' });
    await life.until('2026-10-25T01:10:00Z');
    life.restart();
    await life.until('2026-10-26T12:00:00Z');
    expect(life.posted).toEqual(['2026-10-25T02:30 at 2026-10-25T00:30', '2026-10-26T02:30 at 2026-10-26T01:30']);
  });

  it('retries a minute after a failure', async () => {
    const life = night({ from: '2026-11-20T08:59:00Z' });
    life.fail(2);
    await life.until('2026-11-20T10:00:00Z');
    expect(life.posted).toEqual(['2026-11-20T09:00 at 2026-11-20T09:02']);
  });

  it('recovers from a clock that was a year ahead', async () => {
    const life = night({ from: '2027-11-20T09:00:00Z' });
    await life.until('2027-11-20T09:00:30Z');
    life.down(-365 * 24 * HOUR_MS);
    await life.until('2026-11-21T09:01:00Z');
    expect(life.posted.at(-1)).toBe('2026-11-21T09:00 at 2026-11-21T09:00');
  });

  describe('when the clock is set', () => {
    const DAY_MS = 24 * HOUR_MS;
    // The outbox delivers each key once.
    const keys = (posted: readonly string[]) => [...new Set(posted.map((line) => line.slice(0, 16)))];

    it.each([-DAY_MS, -HOUR_MS, HOUR_MS, DAY_MS])('by %i ms and back, posts once each day', async (by) => {
      for (const begins of ['2026-11-20T08:30:00Z', '2026-11-20T09:30:00Z']) {
        const life = night({ from: '2026-11-19T08:00:00Z' });
        await life.until(begins);
        life.step(by);
        await life.until(new Date(Date.parse(begins) + by + HOUR_MS).toISOString());
        life.step(-by);
        await life.until('2026-11-22T10:00:00Z');
        const due = ['2026-11-19T09:00', '2026-11-20T09:00', '2026-11-21T09:00', '2026-11-22T09:00'];
        expect(keys(life.posted)).toEqual(due);
      }
    });

    it('to another year for a minute, posts on the next day', async () => {
      const life = night({ from: '2026-11-20T08:00:00Z' });
      await life.until('2026-11-20T10:00:00Z');
      life.step(365 * DAY_MS);
      await life.until(new Date(Date.parse('2026-11-20T10:01:00Z') + 365 * DAY_MS).toISOString());
      life.step(-365 * DAY_MS);
      await life.until('2026-11-21T10:00:00Z');
      expect(keys(life.posted)).toContain('2026-11-21T09:00');
    });
  });
});
