/** manifest.yml names exactly the commands, events and scopes that the code uses, in both modes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMAND, USAGE_HINT } from '../../src/slack/commands/words.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SLACK = join(ROOT, 'src/slack');
const text = readFileSync(join(ROOT, 'manifest.yml'), 'utf8');
const manifest = parse(text) as {
  display_information: { name: string; description: string };
  features: {
    slash_commands: { command: string; description: string; usage_hint: string }[];
    app_home: { home_tab_enabled: boolean };
  };
  oauth_config: { scopes: { bot: string[]; bot_optional: string[] } };
  settings: {
    event_subscriptions: { bot_events: string[] };
    interactivity: { is_enabled: boolean };
    socket_mode_enabled: boolean;
    token_rotation_enabled: boolean;
  };
};

const source = readdirSync(SLACK, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(SLACK, file), 'utf8'))
  .join('\n');

/** Bot scopes each Web API method needs (docs.slack.dev/reference/methods); history also for private channels. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'views.open': [],
  'views.update': [],
  'views.publish': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'conversations.create': ['channels:manage'],
  'conversations.invite': ['channels:manage'],
  'conversations.list': ['channels:read'],
  filesUploadV2: ['files:write'],
  'files.info': ['files:read'],
  'usergroups.users.list': ['usergroups:read'],
};

function methodsUsed(): string[] {
  const calls = source.matchAll(/\b(?:client|web)\s*\.((?:[a-z]\w*\.)*[a-z]\w*)\(/gi);
  return [...new Set([...calls].map((match) => match[1] ?? ''))].filter((name) => !['on', 'disconnect'].includes(name));
}

describe('manifest.yml', () => {
  it('names the scopes of every Web API method that is called, and no other', () => {
    const used = methodsUsed();
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((method) => SCOPES[method] === undefined)).toEqual([]);
    const needed = new Set(['commands', ...used.flatMap((method) => SCOPES[method] ?? [])]);
    const { bot, bot_optional: optional } = manifest.oauth_config.scopes;
    expect([...bot, ...optional].sort()).toEqual([...needed].sort());
  });

  it('names the command, and hints at every word', () => {
    const registered = [...source.matchAll(/app\.command\((\w+)/g)].map((match) => match[1]);
    expect(registered).toEqual(['COMMAND']);
    expect(manifest.features.slash_commands.map(({ command, usage_hint }) => ({ command, usage_hint }))).toEqual([
      { command: COMMAND, usage_hint: USAGE_HINT },
    ]);
  });

  it('names the events that are listened to', () => {
    const registered = [...source.matchAll(/app\.event\('(\w+)'/g)].map((match) => match[1]);
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(registered);
    expect(manifest.features.app_home.home_tab_enabled).toBe(registered.includes('app_home_opened'));
  });

  it('switches interactivity on, because there are actions', () => {
    expect(source).toMatch(/app\.action</);
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
  });

  it('is for Socket Mode, and says in words what HTTP mode changes', () => {
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    for (const words of ['url: https://YOUR-HOST/slack/events', 'socket_mode_enabled: false', 'SLACK_SIGNING_SECRET']) {
      expect(text.split('\n').some((line) => line.startsWith('#') && line.includes(words))).toBe(true);
    }
    // Bolt's HTTPReceiver answers there.
    expect(text.split('/slack/events').length - 1).toBe(3);
  });

  it("stays within Slack's limits", () => {
    expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
    expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
    expect(USAGE_HINT.length).toBeLessThanOrEqual(1000);
    expect(manifest.settings.token_rotation_enabled).toBe(false);
  });
});
