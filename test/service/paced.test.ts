import { expect, it } from 'vitest';
import { createPaced } from '../../src/service/paced.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

function rig() {
  const ticker = new ManualTicker();
  const done: number[] = [];
  const paced = createPaced(() => done.push(ticker.monotonicMs()), { afterMs: 200, againMs: 1_000 }, ticker);
  return { ticker, done, paced };
}

it('runs soon after the first request', async () => {
  const { ticker, done, paced } = rig();
  await ticker.advance(5_000);
  paced.ask();
  await ticker.advance(1_000);
  expect(done).toEqual([5_200]);
});

it('runs once a second during a flood of requests, and after the last one', async () => {
  const { ticker, done, paced } = rig();
  for (let ms = 0; ms < 3_000; ms += 10) {
    paced.ask();
    await ticker.advance(10);
  }
  await ticker.advance(5_000);
  expect(done).toEqual([200, 1_200, 2_200, 3_200]);
});

it('counts a direct run', async () => {
  const { ticker, done, paced } = rig();
  paced.ask();
  await ticker.advance(100);
  paced.run();
  await ticker.advance(5_000);
  expect(done).toEqual([100]);
});

it('runs waiting work at the end and nothing later', async () => {
  const { ticker, done, paced } = rig();
  paced.ask();
  paced.finish();
  paced.ask();
  paced.finish();
  await ticker.advance(5_000);
  expect(done).toEqual([0]);
});
