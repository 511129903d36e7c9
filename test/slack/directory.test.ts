import { webApi } from '@slack/bolt';
import { expect, it, onTestFinished } from 'vitest';
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { createDirectory } from '../../src/slack/directory.ts';

const ANA = 'U0LOCALANA';
const GROUP = 'S0ONCALL000';

async function directory() {
  const bench = await createLocalSlack();
  onTestFinished(() => bench.close());
  const clock = { at: 1_000_000, steppedMs: 0, now: () => clock.at + clock.steppedMs, monotonicMs: () => clock.at };
  const client = new webApi.WebClient(bench.botToken, { slackApiUrl: bench.apiUrl, retryConfig: { retries: 0 } });
  const asked = (method: string) => bench.calls.filter((call) => call.method === method).length;
  return { bench, clock, asked, ...createDirectory(client, clock) };
}

it('caches an answer for less than a minute, also when the wall clock is set back', async () => {
  const { clock, asked, person, membersOf } = await directory();
  const both = () => Promise.all([person(ANA), membersOf(GROUP)]);
  const times = () => [asked('users.info'), asked('usergroups.users.list')];
  expect(await both()).toEqual([{ teamIds: ['T0LOCALTEAM'], isGuest: false, isStranger: false }, [ANA]]);
  clock.at += 59_999;
  await both();
  expect(times()).toEqual([1, 1]);
  clock.at += 1;
  await both();
  expect(times()).toEqual([2, 2]);
  clock.steppedMs = -3_600_000;
  clock.at += 59_999;
  await both();
  expect(times()).toEqual([2, 2]);
  clock.at += 1;
  await both();
  expect(times()).toEqual([3, 3]);
});

it('shares one call among simultaneous requests, and asks again after a failure', async () => {
  const { bench, asked, person } = await directory();
  bench.faults.add({ method: 'users.info', kind: 'http-error' });
  const failed = await Promise.allSettled([person(ANA), person(ANA)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked('users.info')).toBe(1);
  await expect(person(ANA)).resolves.toMatchObject({ isGuest: false });
});

it('rejects for a person or a group that Slack does not know', async () => {
  const { person, membersOf } = await directory();
  await expect(person('U0NOBODY00')).rejects.toThrow('user_not_found');
  await expect(membersOf('S0NOBODY00')).rejects.toThrow('no_such_subteam');
});
