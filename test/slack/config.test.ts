import { describe, expect, it } from 'vitest';
import { slackConfig } from '../../src/slack/config.ts';

describe('the slack section', () => {
  it('needs nothing', () => {
    expect(slackConfig.parse({})).toMatchObject({ mode: 'socket', port: 3000, apiUrl: 'https://slack.com/api/' });
  });

  it.each([
    ['an unknown key', { chanel: 'C0123456789' }],
    ['a channel name instead of an id', { channel: '#nginx' }],
    ['a user name instead of an id', { allow: { users: ['@ana'] } }],
    ['tokens in the clear over a network', { apiUrl: 'http://slack.example/api/' }],
    ['a name that only begins like the loopback', { apiUrl: 'http://127.0.0.1.evil.example/api/' }],
    ['a token in the file', { botToken: 'xoxb-1' }],
  ])('refuses %s', (_name, section) => {
    expect(slackConfig.safeParse(section).success).toBe(false);
  });

  it('accepts a local Slack', () => {
    for (const apiUrl of ['http://127.0.0.1:4000/api/', 'http://[::1]:4000/api/', 'http://localhost/api']) {
      expect(slackConfig.safeParse({ apiUrl }).success).toBe(true);
    }
  });
});
