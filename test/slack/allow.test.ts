import { webApi } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { type Actor, allowWords, createAllow } from '../../src/slack/allow.ts';
import { slackConfig } from '../../src/slack/config.ts';
import type { Directory, Person } from '../../src/slack/directory.ts';

const ana: Actor = { userId: 'U0ANA', teamIds: ['T1'], channelId: 'C0OPS' };

const member: Person = { teamIds: ['T1'], isGuest: false, isStranger: false };

function allowOf(allow: object, over: Partial<Directory> = {}) {
  const { allow: config } = slackConfig.parse({ allow });
  const directory = { person: async () => member, membersOf: async () => [], ...over };
  return createAllow({ config, homeIds: ['T1', 'E1'], directory, logger: silentLogger });
}

describe('who may ask', () => {
  it('includes everyone in the workspace or its organisation', () => {
    const { mayRead } = allowOf({});
    expect(mayRead(ana).allowed).toBe(true);
    expect(mayRead({ ...ana, teamIds: ['T1', 'E1'] }).allowed).toBe(true);
  });

  it.each([[['T1', 'T2']], [['T2']], [[]]])('excludes people of another workspace: %j', (teamIds) => {
    expect(allowOf({}).mayRead({ ...ana, teamIds })).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('Slack Connect'),
    });
  });

  it('is limited to the allowed channels, which exclude the App Home', () => {
    const { mayRead } = allowOf({ channels: ['C0OPS'] });
    expect(mayRead(ana).allowed).toBe(true);
    expect(mayRead({ ...ana, channelId: null })).toMatchObject({
      rule: expect.stringContaining('the App Home is not one of them'),
    });
    expect(allowOf({}).mayRead({ ...ana, channelId: null }).allowed).toBe(true);
    expect(mayRead({ ...ana, channelId: 'C0RANDOM' })).toMatchObject({
      rule: expect.stringContaining('slack.allow.channels'),
    });
  });
});

describe('who may act', () => {
  it('is everyone who may ask when the config names no person', async () => {
    expect((await allowOf({}).mayAct(ana)).allowed).toBe(true);
    expect((await allowOf({}).mayAct({ ...ana, teamIds: ['T2'] })).allowed).toBe(false);
  });

  it('is only a named user or a member of a named group', async () => {
    const { mayAct } = allowOf(
      { users: ['U0BEN'], userGroups: ['S0ONCALL'] },
      {
        membersOf: async () => ['U0ANA'],
      },
    );
    expect((await mayAct(ana)).allowed).toBe(true);
    expect((await mayAct({ ...ana, userId: 'U0BEN' })).allowed).toBe(true);
    expect(await mayAct({ ...ana, userId: 'U0EVE' })).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('slack.allow.users'),
    });
  });

  it('excludes a group that cannot be looked up', async () => {
    const { mayAct } = allowOf(
      { userGroups: ['S0ONCALL'] },
      { membersOf: () => Promise.reject(new Error('ratelimited')) },
    );
    expect(await mayAct(ana)).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('could not be looked up'),
    });
  });

  it.each([
    ['a single-channel guest', { isGuest: true }, 'Guests may not'],
    ['a stranger', { isStranger: true }, 'Slack Connect'],
    ['a member of another workspace, whatever the payload says', { teamIds: ['T2'] }, 'Slack Connect'],
    ['a person without a workspace', { teamIds: [] }, 'Slack Connect'],
  ])('excludes %s, named or not', async (_who, over, words) => {
    for (const allow of [{}, { users: ['U0ANA'] }, { userGroups: ['S0ONCALL'] }]) {
      const directory = { person: async () => ({ ...member, ...over }), membersOf: async () => ['U0ANA'] };
      expect(await allowOf(allow, directory).mayAct(ana)).toMatchObject({
        allowed: false,
        rule: expect.stringContaining(words),
      });
    }
  });

  it('includes guests when the config says so, but no members of other workspaces', async () => {
    const guest = { ...member, isGuest: true };
    const allow = { guests: true };
    expect((await allowOf(allow, { person: async () => guest }).mayAct(ana)).allowed).toBe(true);
    const stranger = { ...guest, isStranger: true };
    expect((await allowOf(allow, { person: async () => stranger }).mayAct(ana)).allowed).toBe(false);
  });

  it('includes a member of our workspace whose first workspace in the organisation is another', async () => {
    const person = async () => ({ ...member, teamIds: ['T2', 'T1'] });
    expect((await allowOf({}, { person }).mayAct(ana)).allowed).toBe(true);
  });

  it('excludes a person who cannot be looked up, with a remedy in the answer', async () => {
    const missing = new webApi.WebAPIPlatformError({ ok: false, error: 'missing_scope' });
    const person = () => Promise.reject(missing);
    expect(await allowOf({}, { person }).mayAct(ana)).toMatchObject({
      allowed: false,
      rule: 'Whether you are a guest could not be looked up (missing_scope), so this is refused. Reinstall the app with the scopes of manifest.yml.',
    });
  });
});

describe('who may mute everything', () => {
  it('is everyone who may act when the config names no person', async () => {
    expect((await allowOf({}).mayMuteEverything(ana)).allowed).toBe(true);
    expect((await allowOf({ users: ['U0BEN'] }).mayMuteEverything(ana)).allowed).toBe(false);
  });

  it.each([
    [['U0ANA'], true],
    [['S0ONCALL'], true],
    [['U0BEN'], false],
    [['S0OTHERS'], false],
  ])('is of %j only: %s', async (muteAll, allowed) => {
    const membersOf = async (group: string) => (group === 'S0ONCALL' ? ['U0ANA'] : []);
    const verdict = await allowOf({ muteAll }, { membersOf }).mayMuteEverything(ana);
    expect(verdict.allowed).toBe(allowed);
  });

  it('excludes people who may not act, named or not', async () => {
    const { mayMuteEverything } = allowOf({ users: ['U0BEN'], muteAll: ['U0ANA'] });
    expect((await mayMuteEverything(ana)).allowed).toBe(false);
  });
});

it('is described by the doctor', () => {
  const words = (allow: object) => allowWords(slackConfig.parse({ allow }).allow);
  expect(words({})).toBe(
    'in every channel and the App Home; may act: every member of the workspace (no guests, no members of other workspaces); may mute everything: everyone who may act',
  );
  expect(words({ channels: ['C0OPS'], users: ['U0ANA'], muteAll: ['S0LEADS'], guests: true })).toBe(
    'in C0OPS; may act: U0ANA (guests too, no members of other workspaces); may mute everything: S0LEADS',
  );
});
