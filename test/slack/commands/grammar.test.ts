import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../../src/config/nearest-word.ts';
import { parseDuration } from '../../../src/core/duration.ts';
import { helpAnswer } from '../../../src/slack/blocks/help.ts';
import { parseCommand } from '../../../src/slack/commands/grammar.ts';
import { wordsOf } from '../../../src/slack/commands/words.ts';
import { CHECK_IDS, CHECKS } from '../../support/checks.ts';

const known = {
  hosts: ['web-1', 'web-2', 'db-1'],
  causes: ['slow-upstream', 'fd-exhaustion'],
  checks: CHECKS,
  nearest: nearestWord,
};
const parse = (text: string) => parseCommand(text, known);

describe('the grammar of /nginx-status', () => {
  it.each([
    ['', { kind: 'summary', hosts: known.hosts, isPublic: false }],
    ['public', { kind: 'summary', isPublic: true }],
    ['  SLOTS  ', { kind: 'check', check: 'slots', hosts: known.hosts }],
    ['fds web-1 public', { kind: 'check', check: 'fds', hosts: ['web-1'], isPublic: true }],
    ['why web-*', { kind: 'why', hosts: ['web-1', 'web-2'] }],
    ['WEB-1', { kind: 'summary', hosts: ['web-1'] }],
    ['digest 7d', { kind: 'digest', lastMs: 7 * 86_400_000, hosts: known.hosts }],
    ['digest web-2', { kind: 'digest', lastMs: null, hosts: ['web-2'] }],
    ['digest 1h30m', { kind: 'digest', lastMs: 5_400_000, hosts: known.hosts }],
    ['digest 24h db-1', { kind: 'digest', lastMs: 86_400_000, hosts: ['db-1'] }],
    ['help', { kind: 'help' }],
    ['mute 2h', { kind: 'mute', forMs: 7_200_000, cause: null, host: null, reason: null }],
    ['mute 90m slow-upstream', { kind: 'mute', forMs: 5_400_000, cause: 'slow-upstream' }],
    [
      'mute 1d fd-exhaustion web-1 we deploy now',
      { kind: 'mute', cause: 'fd-exhaustion', host: 'web-1', reason: 'we deploy now' },
    ],
    ['mute 1h web-* load test', { kind: 'mute', cause: null, host: 'web-*', reason: 'load test' }],
    ['mute 1h load test', { kind: 'mute', cause: null, host: null, reason: 'load test' }],
    ['mute off', { kind: 'mute', forMs: 0 }],
    ['mute', { kind: 'unknown', near: 'mute 2h' }],
    ['mute soon', { kind: 'unknown', near: 'mute 2h' }],
    ['mute 99w', { kind: 'unknown', problem: 'mute takes at most 30d' }],
    ['slotz', { kind: 'unknown', near: 'slots' }],
    ['incidnets', { kind: 'unknown', near: 'incidents' }],
    ['upstream', { kind: 'unknown', near: 'upstreams' }],
    ['slots web-9', { kind: 'unknown', near: 'web-1' }],
    ['slots web-1 now', { kind: 'unknown', near: 'slots web-1' }],
    ['xyzzy', { kind: 'unknown', near: null }],
    ['$(reboot)', { kind: 'unknown', near: null }],
  ])('%j', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  it('accepts any text without throwing, and quotes it in short form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 9_000 })), (text) => {
        const command = parse(text);
        if (command.kind === 'unknown') expect(command.problem.length).toBeLessThan(200);
      }),
    );
  });

  it('knows every check, and help lists every word once', () => {
    const words = wordsOf(CHECKS);
    expect(words.map(({ word }) => word)).toEqual(expect.arrayContaining(CHECK_IDS));
    const listed = JSON.stringify(helpAnswer(words).blocks);
    for (const { word, does } of words) {
      expect(listed.split(does).length - 1).toBe(1);
      expect(listed).toContain(word);
    }
  });
});

describe('parseDuration', () => {
  it.each([
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1w', 604_800_000],
    ['2', null],
    ['h', null],
    ['-1h', null],
    ['1e9h', null],
    ['', null],
  ])('%j is %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
