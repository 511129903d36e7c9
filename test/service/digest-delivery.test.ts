/** The digest from its due time to the channel: schedule, store, outbox and the local Slack, through restarts. */
import { expect, it, vi } from 'vitest';
import type { LifeRig } from '../slack/support/life-rig.ts';
import { lifeRig } from '../slack/support/life-rig.ts';
import { CHANNEL } from '../slack/support/rig.ts';
import { recordTraffic } from './support/recorded-traffic.ts';

const HOUR_MS = 3_600_000;
const at = (time: string): number => Date.parse(`2026-11-21T${time}.000Z`);
const config = { digest: { cron: '0 9 * * *', timezone: 'UTC' } };

const digests = ({ bench }: LifeRig): string[] =>
  bench
    .messages(CHANNEL)
    .map(({ blocks }) => JSON.stringify(blocks))
    .filter((blocks) => blocks.includes('Capacity digest: web-1'));

/** Advances the timers by minutes and waits for the work that they start. */
async function minute(rig: LifeRig, count: number): Promise<void> {
  rig.minute();
  await vi.waitFor(() => expect(rig.store.outbox.unsettled().length + digests(rig).length).toBe(count), 20_000);
  await rig.settled();
  expect(digests(rig)).toHaveLength(count);
}

it('posts once that there are no data yet', { timeout: 60_000 }, async () => {
  const rig = await lifeRig({ config, at: at('08:59:50') });
  await minute(rig, 0);
  rig.jump(20_000);
  await minute(rig, 1);
  expect(digests(rig)[0]).toContain('web-1: no digest, because no slots were measured in this time.');
  expect(digests(rig)[0]).toContain('Run gapwatch doctor on the host');
  rig.jump(HOUR_MS);
  await minute(rig, 1);
});

it('is posted once when the process restarts within its minute', {
  timeout: 60_000,
}, async () => {
  const first = await lifeRig({ config, at: at('08:59:50') });
  recordTraffic(first.store, { now: at('09:00:00'), days: 4, limit: 1000, start: 0.5, perDay: 0 });
  first.jump(20_000);
  await minute(first, 1);
  await first.standalone.stop();
  const again = await lifeRig({ config, at: at('09:00:30'), store: first.store, bench: first.bench });
  await minute(again, 1);
  expect(digests(again)[0]).toContain('The hottest worker peaked at');
});

it('is posted late when the process was down at its minute', { timeout: 60_000 }, async () => {
  const before = await lifeRig({ config, at: at('08:30:00') });
  await minute(before, 0);
  await before.standalone.stop();
  const after = await lifeRig({ config, at: at('10:10:00'), store: before.store, bench: before.bench });
  await minute(after, 1);
  after.jump(2 * HOUR_MS);
  await minute(after, 1);
});
