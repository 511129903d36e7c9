import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { type Actor, createAllow } from '../../src/slack/allow.ts';
import { slackConfig } from '../../src/slack/config.ts';

const ana: Actor = { userId: 'U0ANA', teamIds: ['T1'], channelId: 'C0OPS' };

function allowOf(allow: object, membersOf: (group: string) => Promise<readonly string[]> = async () => []) {
  const clock = { at: 0, now: () => clock.at };
  const { allow: config } = slackConfig.parse({ allow });
  return { clock, ...createAllow({ config, homeIds: ['T1', 'E1'], membersOf, clock, logger: silentLogger }) };
}

describe('who may ask', () => {
  it('is everyone of the workspace, or of its organisation', () => {
    const { mayRead } = allowOf({});
    expect(mayRead(ana).allowed).toBe(true);
    expect(mayRead({ ...ana, teamIds: ['T1', 'E1'] }).allowed).toBe(true);
  });

  it.each([[['T1', 'T2']], [['T2']], [[]]])('is nobody of another workspace: %j', (teamIds) => {
    expect(allowOf({}).mayRead({ ...ana, teamIds })).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('Slack Connect'),
    });
  });

  it('is bound to the allowed channels, except in the App Home', () => {
    const { mayRead } = allowOf({ channels: ['C0OPS'] });
    expect(mayRead(ana).allowed).toBe(true);
    expect(mayRead({ ...ana, channelId: null }).allowed).toBe(true);
    expect(mayRead({ ...ana, channelId: 'C0RANDOM' })).toMatchObject({
      rule: expect.stringContaining('slack.allow.channels'),
    });
  });
});

describe('who may act', () => {
  it('is everyone who may ask while nobody is named', async () => {
    expect((await allowOf({}).mayAct(ana)).allowed).toBe(true);
    expect((await allowOf({}).mayAct({ ...ana, teamIds: ['T2'] })).allowed).toBe(false);
  });

  it('is a named user, or a member of a named group, and nobody else', async () => {
    const { mayAct } = allowOf({ users: ['U0BEN'], userGroups: ['S0ONCALL'] }, async () => ['U0ANA']);
    expect((await mayAct(ana)).allowed).toBe(true);
    expect((await mayAct({ ...ana, userId: 'U0BEN' })).allowed).toBe(true);
    expect(await mayAct({ ...ana, userId: 'U0EVE' })).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('slack.allow.users'),
    });
  });

  it('is remembered for five minutes, then looked up again', async () => {
    let lookups = 0;
    const { mayAct, clock } = allowOf({ userGroups: ['S0ONCALL'] }, async () => (lookups++ === 0 ? ['U0ANA'] : []));
    expect((await mayAct(ana)).allowed).toBe(true);
    clock.at = 299_999;
    expect((await mayAct(ana)).allowed).toBe(true);
    clock.at = 300_000;
    expect((await mayAct(ana)).allowed).toBe(false);
    expect(lookups).toBe(2);
  });

  it('is nobody of a group that cannot be looked up', async () => {
    const { mayAct } = allowOf({ userGroups: ['S0ONCALL'] }, async () => {
      throw new Error('ratelimited');
    });
    expect(await mayAct(ana)).toMatchObject({
      allowed: false,
      rule: expect.stringContaining('could not be looked up'),
    });
  });
});
