import { describe, expect, it } from 'vitest';
import { fitsGlob } from '../../../src/core/glob.ts';
import { slackConfig } from '../../../src/slack/config.ts';
import { channelFor } from '../../../src/slack/delivery/route.ts';
import { incident } from '../support/incident.ts';

describe('a route', () => {
  const config = slackConfig.parse({
    channel: 'C0ALL',
    routes: [
      { severity: ['critical'], host: 'db-*', channel: 'C0DBCRIT' },
      { host: 'db-*', channel: 'C0DB' },
      { severity: ['info', 'warning'], channel: 'C0QUIET' },
    ],
  });
  it.each([
    ['db-1', 'critical', 'C0DBCRIT'],
    ['db-1', 'warning', 'C0DB'],
    ['web-1', 'warning', 'C0QUIET'],
    ['web-1', 'critical', 'C0ALL'],
  ] as const)('takes %s %s to %s', (host, severity, channel) => {
    expect(channelFor(incident({ host, severity }), config)).toBe(channel);
  });

  it('is missing when no channel is configured', () => {
    expect(channelFor(incident(), slackConfig.parse({}))).toBeNull();
  });
});

describe('a host pattern', () => {
  it.each([
    ['web-*', 'web-1', true],
    ['WEB-?', 'web-1', true],
    ['web-?', 'web-12', false],
    ['web.1', 'webx1', false],
    ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['*', 'anything', true],
    ['w*b-*1', 'web-x-1', true],
    ['web', 'web-1', false],
    ['web-1*', 'web-1', true],
    ['', 'web-1', false],
    ['a*'.repeat(40), 'a'.repeat(200), true],
    [`${'a*'.repeat(40)}b`, 'a'.repeat(200), false],
  ])('%s and %s: %s', (glob, host, expected) => {
    expect(fitsGlob(glob, host)).toBe(expected);
  });
});
