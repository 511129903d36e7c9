/** Who may act and see, with a real Bolt app on the local Slack: guests, strangers, lookups that fail, the App Home. */
import { describe, expect, it, vi } from 'vitest';
import { SNOOZE_CHOICES } from '../../src/slack/actions.ts';
import { change, incident } from '../slack/support/incident.ts';
import { CHANNEL, type Rig, type RigOptions, startedRig } from '../slack/support/rig.ts';

const GUEST = 'U0GUESTGIL';
const STRANGER = 'U0STRANGER';
const MEMBER = 'U0LOCALANA';
const PEOPLE = [
  { id: MEMBER, name: 'ana', realName: 'Ana' },
  { id: 'U0LOCALBEN', name: 'ben', realName: 'Ben' },
  { id: GUEST, name: 'gil', realName: 'Gil', guest: 'multi-channel' as const },
  { id: 'U0GUESTSUE', name: 'sue', realName: 'Sue', guest: 'single-channel' as const },
  { id: STRANGER, name: 'sam', realName: 'Sam', teamId: 'T0ELSEWHERE' },
];

async function told(options: RigOptions = {}) {
  const localSlack = { directory: { people: PEOPLE }, ...options.localSlack };
  const made = await startedRig({ ...options, localSlack });
  made.slack.notify(change('opened'));
  const { ts } = await made.bench.until(() => made.bench.messages(CHANNEL)[0]);
  return { ...made, ts };
}

const ACTS: readonly (readonly [what: string, act: (made: Rig & { ts: string }, user: string) => Promise<unknown>])[] =
  [
    ...['incident_ack', 'incident_recheck', 'incident_resolve'].map(
      (actionId) =>
        [
          actionId,
          (made: Rig & { ts: string }, user: string) =>
            made.bench.click({ actionId, channel: CHANNEL, ts: made.ts, user }),
        ] as const,
    ),
    [
      'incident_snooze',
      (made, user) => {
        const choice = `${incident().id}|1|${SNOOZE_CHOICES[0].span}`;
        return made.bench.click({ actionId: 'incident_snooze', channel: CHANNEL, ts: made.ts, user, choice });
      },
    ],
    ['mute', (made, user) => made.bench.sendCommand('/nginx-status mute 2h', { channel: CHANNEL, user })],
    ['mute of a cause', (made, user) => made.bench.sendCommand('/nginx-status mute 2h slow-upstream', { user })],
    ['the end of a mute', (made, user) => made.bench.sendCommand('/nginx-status mute off', { user })],
  ];

describe.each(ACTS)('%s', (_what, act) => {
  it.each([GUEST, 'U0GUESTSUE', STRANGER])('is refused to %s, who is told why', async (user) => {
    const recheck = vi.fn(async () => null);
    const made = await told();
    made.ports.recheck = recheck;
    await act(made, user);
    await made.bench.until(() => made.bench.ephemerals().find(({ visible_to }) => visible_to === user));
    expect(JSON.stringify(made.bench.ephemerals())).toMatch(/Not done\. (?:Guests may not|Only members)/);
    expect([made.ports.intents, made.ports.muted, recheck.mock.calls]).toEqual([[], [], []]);
    expect(made.ports.records).toMatchObject([{ who: user, answer: expect.stringMatching(/refused|Not done/) }]);
  });

  it('is refused to a member while Slack does not say who that is', async () => {
    const made = await told();
    made.bench.faults.add({ method: 'users.info', kind: 'http-error', error: 'missing_scope', times: 10 });
    await act(made, MEMBER);
    await made.bench.until(() => made.bench.ephemerals()[0]);
    expect(JSON.stringify(made.bench.ephemerals())).toContain('could not be looked up (missing_scope)');
    expect([made.ports.intents, made.ports.muted]).toEqual([[], []]);
  });
});

it('a lookup that hangs ends as a refusal within its time', async () => {
  const made = await told();
  made.bench.faults.add({ method: 'users.info', kind: 'hang' });
  await made.bench.click({ actionId: 'incident_ack', channel: CHANNEL, ts: made.ts });
  await made.bench.until(() => JSON.stringify(made.bench.ephemerals()).includes('could not be looked up'), 6_000);
  expect(made.ports.intents).toEqual([]);
});

it('a guest may ask, and act where the config says so', async () => {
  const made = await told({ config: { allow: { guests: true } } });
  await made.bench.sendCommand('/nginx-status slots', { user: GUEST });
  await made.bench.until(() => JSON.stringify(made.bench.ephemerals()).includes('512 of 512'));
  await made.bench.click({ actionId: 'incident_ack', channel: CHANNEL, ts: made.ts, user: GUEST });
  await vi.waitFor(() => expect(made.ports.intents).toMatchObject([{ kind: 'acknowledge', by: GUEST }]));
});

describe('to mute everything', () => {
  it.each(['/nginx-status mute 2h', '/nginx-status mute 2h web-1', '/nginx-status mute 2h web-* the reason'])(
    '(%s) is for those of slack.allow.muteAll',
    async (line) => {
      const made = await told({ config: { allow: { muteAll: ['S0ONCALL000'] } } });
      await made.bench.sendCommand(line, { user: 'U0LOCALBEN' });
      await made.bench.until(() => JSON.stringify(made.bench.ephemerals()).includes('slack.allow.muteAll'));
      await made.bench.sendCommand('/nginx-status mute 2h slow-upstream', { user: 'U0LOCALBEN' });
      await vi.waitFor(() => expect(made.ports.muted).toMatchObject([{ cause: 'slow-upstream' }]));
      await made.bench.sendCommand(line, { user: MEMBER });
      await vi.waitFor(() => expect(made.ports.muted).toMatchObject([{}, { cause: null, by: MEMBER }]));
    },
  );
});

describe('the App Home', () => {
  const ELSEWHERE = { config: { allow: { channels: ['C0CAPACITY0'] } } };

  it('says why instead of data where commands are bound to channels, and stays so', async () => {
    const made = await told(ELSEWHERE);
    await made.bench.openHome();
    await made.bench.until(() => made.bench.home());
    made.slack.notify(change('worse', { rev: 2 }));
    await made.bench.until(() => made.bench.messages(CHANNEL)[0]?.edited);
    const home = JSON.stringify(made.bench.home()?.blocks);
    expect(home).toContain('slack.allow.channels only, and the App Home is not one of them');
    expect(home).not.toMatch(/web-1|worker|incident_/);
  });

  it('takes no click there, and says so in a modal', async () => {
    const open = await told();
    await open.bench.openHome();
    const { id } = await open.bench.until(() => open.bench.home());
    await open.slack.stop();
    // The same page, still open in a client, after the config was narrowed.
    const made = await startedRig({ ...ELSEWHERE, bench: open.bench });
    await made.bench.click({ actionId: 'incident_ack', viewId: id });
    const modal = await made.bench.until(() => made.bench.view());
    expect(JSON.stringify(modal.blocks)).toContain('the App Home is not one of them');
    expect(made.ports.intents).toEqual([]);
  });

  it('takes no click of a guest, and says so in a modal', async () => {
    const made = await told();
    await made.bench.openHome(GUEST);
    const { id } = await made.bench.until(() => made.bench.home(GUEST));
    await made.bench.click({ actionId: 'incident_ack', viewId: id, user: GUEST });
    const modal = await made.bench.until(() => made.bench.view(GUEST));
    expect(JSON.stringify(modal.blocks)).toContain('Guests may not do this');
    expect(made.ports.intents).toEqual([]);
  });
});
