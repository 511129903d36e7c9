/**
 * 200 incident changes in 10 s through the real Bolt client, against a Slack that enforces its published rate limits.
 */
import { expect, it, vi } from 'vitest';
import { callApi } from '../demo/local-slack/api-call.ts';
import { change } from './support/incident.ts';
import { startedRig } from './support/rig.ts';

const CHANGES = 200;
const EVERY_MS = 50;
const SLACKS_OWN = { postIntervalMs: 1000, editIntervalMs: 5000, settleMs: 3000 };
const BEGAN = 1_900_000_000_000;

/** Incident `i % incidents` changes every 50 ms; then the clock runs until every message is sent. */
async function storm(incidents: number, channels: number, editsBefore = 0) {
  const clock = { at: BEGAN, now: () => clock.at, monotonicMs: () => clock.at };
  const routes = Array.from({ length: channels }, (_, at) => ({ host: `host-${at}`, channel: `C0STORM${at}` }));
  const directory = { channels: routes.map(({ channel, host }) => ({ id: channel, name: host })) };
  const localSlack = { rateLimits: true, directory };
  const made = await startedRig({ clock, localSlack, config: { routes, delivery: SLACKS_OWN } });
  const { bench, slack, store, posted } = made;
  // Other apps with this token: edits share one rate limit in the whole workspace.
  for (let used = 0; used < editsBefore; used++)
    await callApi(bench, 'chat.update', { channel: 'C0STORM0', ts: '1.1' });
  for (let index = 0; index < CHANGES; index++) {
    const number = index % incidents;
    const rev = Math.floor(index / incidents) + 1;
    const over = { id: `inc-${number}`, host: `host-${number % channels}`, rev, changedAt: clock.at };
    slack.notify(change(rev === 1 ? 'opened' : 'worse', over, `step ${index};`));
    clock.at += EVERY_MS;
    if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const wait = { timeout: 60_000, interval: 3 };
  await vi.waitFor(() => {
    clock.at += 250;
    slack.tick();
    expect(store.unsettled()).toEqual([]);
  }, wait);
  const calls = bench.calls.filter(({ method }) => method.startsWith('chat.')).length - editsBefore;
  const messages = routes.flatMap(({ channel }) => bench.messages(channel));
  const revs = messages.flatMap(({ metadata }) =>
    metadata?.event_type === 'gapwatch_incident' ? [(metadata.event_payload as { readonly rev: number }).rev] : [],
  );
  const told = messages.flatMap(({ text }) => [...text.matchAll(/step (\d+);/g)].map((match) => Number(match[1])));
  return { calls, refused: calls - posted.length, revs, told: told.sort((a, b) => a - b), took: clock.at - BEGAN };
}

const EVERY_STEP = Array.from({ length: CHANGES }, (_, index) => index);

it('in one channel: at most 30 calls, none refused, no note lost, correct final states', async () => {
  const { calls, refused, revs, told } = await storm(4, 1);
  expect(calls).toBeLessThanOrEqual(30);
  expect(refused).toBe(0);
  expect(revs).toEqual([50, 50, 50, 50]);
  expect(told).toEqual(EVERY_STEP);
}, 90_000);

it('in ten channels with a nearly exhausted edit rate: at most 160 calls, and refused calls are not repeated in a loop', async () => {
  const { calls, refused, revs, told, took } = await storm(20, 10, 48);
  expect(calls).toBeLessThanOrEqual(160);
  // At most one wave: the calls of other channels that were running at the first refusal.
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(12);
  expect(revs).toEqual(Array(20).fill(10));
  expect(told).toEqual(EVERY_STEP);
  expect(took).toBeLessThan(180_000);
}, 90_000);
