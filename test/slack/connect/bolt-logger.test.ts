import { describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/core/logger.ts';
import { createBoltLogger } from '../../../src/slack/connect/bolt-logger.ts';

function written() {
  const lines: [string, object, string][] = [];
  const note = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const logger: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  return { lines, bolt: createBoltLogger(logger) };
}

describe("the SDK's words", () => {
  it.each([
    'xoxb-123-456-secretsecret',
    'wss://wss.slack.com/link/?ticket=secretsecret&app_id=A1',
    'POST https://hooks.slack.com/commands/T1/2/secretsecret',
    'POST https://hooks.slack.com/actions/T1/2/secretsecret',
    '{"trigger_id":"1.2.secretsecret"}',
    '{"token":"secretsecret"}',
  ])('are redacted: %s', (text) => {
    expect(text).toContain('secretsecret');
    const { lines, bolt } = written();
    for (const say of [bolt.info, bolt.warn, bolt.error]) say('words', new Error(text));
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('secretsecret');
  });

  it('have a constant message, and are never logged at debug level, where Bolt prints whole payloads', () => {
    const { lines, bolt } = written();
    bolt.debug('payload', { token: 'x' });
    bolt.warn('close handshake', new Error('late'));
    expect(lines).toEqual([['warn', { said: 'close handshake late' }, 'Slack SDK warning']]);
  });
});
