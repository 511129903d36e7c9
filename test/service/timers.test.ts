import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { createTimers } from '../../src/service/timers.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

function rig(over: Partial<Logger> = {}) {
  const ticker = new ManualTicker();
  const said: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void said.push(fields), ...over };
  return { ticker, said, timers: createTimers(logger, ticker) };
}

const breaks = (): never => {
  throw new Error('disk full');
};

describe('periodic work', () => {
  it('runs at its time until it is stopped', async () => {
    const { ticker, timers } = rig();
    let times = 0;
    const end = timers.every(100, 'counting', () => ++times);
    await ticker.advance(350);
    end();
    await ticker.advance(1000);
    expect(times).toBe(3);
  });

  it('runs again after a failure, which is logged once a minute with its count', async () => {
    const { ticker, said, timers } = rig();
    let times = 0;
    timers.every(1000, 'storing', () => {
      times += 1;
      breaks();
    });
    await ticker.advance(121_500);
    expect(times).toBe(121);
    expect(said).toMatchObject([
      { work: 'storing', more: 0, err: { message: 'disk full' } },
      { work: 'storing', more: 59 },
      { work: 'storing', more: 59 },
    ]);
  });

  it('counts a rejected promise as a failure', async () => {
    const { ticker, said, timers } = rig();
    timers.later(10, 'posting', () => Promise.reject(new Error('refused')));
    await ticker.advance(20);
    await expect.poll(() => said).toMatchObject([{ work: 'posting', err: { message: 'refused' } }]);
  });

  it('can stop itself', async () => {
    const { ticker, timers } = rig();
    let times = 0;
    const end = timers.every(10, 'once', () => {
      times += 1;
      end();
    });
    await ticker.advance(100);
    expect(times).toBe(1);
  });

  it('continues when the log cannot be written', async () => {
    const { ticker, timers } = rig({ error: breaks });
    let times = 0;
    timers.every(10, 'counting', () => {
      times += 1;
      breaks();
    });
    await ticker.advance(55);
    expect(times).toBe(5);
  });
});

it('serves modules that schedule themselves', async () => {
  const { ticker, said, timers } = rig();
  timers.ticker.after(10, breaks);
  await ticker.advance(20);
  expect(said).toHaveLength(1);
  expect(timers.ticker.monotonicMs()).toBe(ticker.monotonicMs());
});
