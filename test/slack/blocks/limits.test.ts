import { expect, it } from 'vitest';
import { fitBlocks, LIMITS, textLength } from '../../../src/slack/blocks/limits.ts';
import { bullets, date, mrkdwn, paragraph, section } from '../../../src/slack/blocks/text.ts';

const ITEMS = 20_000;
/** Slack waits three seconds. Removing one item after the other took half a minute. */
const PATIENCE_MS = 3_000;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

it('fits thousands of items within three seconds', () => {
  const items = Array.from({ length: ITEMS }, (_, i) => `10.0.${i >> 8}.${i & 255}:8080 takes 3 s to its header`);
  const from = cpuMs();
  const fitted = fitBlocks([paragraph('Slow.'), bullets('Evidence for it', items)]);
  expect(cpuMs() - from).toBeLessThan(PATIENCE_MS);
  expect(textLength(fitted)).toBeLessThanOrEqual(LIMITS.allText);
  expect(textLength(fitted)).toBeGreaterThan(LIMITS.allText / 2);
  expect(JSON.stringify(fitted)).toContain('10.0.0.0:8080');
});

it('leaves no part of a date or mention where it cuts a text', () => {
  const crowd = Array.from({ length: 45 }, () => paragraph('b'.repeat(400)));
  for (let letters = 200; letters < 300; letters++) {
    const [first] = fitBlocks([section(mrkdwn`${'a'.repeat(letters)} until ${date(0)}.`), ...crowd]);
    expect(JSON.stringify(first)).toMatch(/^[^<]*(?:<[^<>]*>[^<]*)*$/);
  }
});
