/** manifest.yml names exactly the commands, events and scopes that the code uses, in both modes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMAND, USAGE_HINT } from '../../src/slack/commands/words.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SLACK = join(ROOT, 'src/slack');
const text = readFileSync(join(ROOT, 'manifest.yml'), 'utf8');
interface Manifest {
  readonly display_information: { readonly name: string; readonly description: string };
  readonly features: {
    readonly slash_commands: readonly {
      readonly command: string;
      readonly description: string;
      readonly usage_hint: string;
      readonly url?: string;
    }[];
    readonly app_home: { readonly home_tab_enabled: boolean };
  };
  readonly oauth_config: {
    readonly scopes: { readonly bot: readonly string[]; readonly bot_optional: readonly string[] };
  };
  readonly settings: {
    readonly event_subscriptions: { readonly bot_events: readonly string[]; readonly request_url?: string };
    readonly interactivity: { readonly is_enabled: boolean; readonly request_url?: string };
    readonly socket_mode_enabled: boolean;
    readonly token_rotation_enabled: boolean;
  };
}

/** The manifest after the change that its comment describes for HTTP mode. */
function forHttp(socketMode: string): string {
  const lines = socketMode.split('\n');
  const marked = / # HTTP mode$/;
  return lines
    .filter((_, at) => !(marked.test(lines[at - 1] ?? '') && !/\burl:/.test(lines[at - 1] ?? '')))
    .map((line) => (marked.test(line) ? line.replace(marked, '').replace(/^(\s*)# /, '$1') : line))
    .join('\n');
}

const MODES: readonly (readonly [mode: string, manifest: Manifest])[] = [
  ['socket', parse(text)],
  ['http', parse(forHttp(text))],
];

const source = readdirSync(SLACK, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(SLACK, file), 'utf8'))
  .join('\n');

/** Bot scopes of each Web API method (docs.slack.dev/reference/methods); history also for private channels. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  // A scope of the app-level token.
  'apps.connections.open': [],
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
  'conversations.info': ['channels:read'],
  filesUploadV2: ['files:write'],
  'files.info': ['files:read'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
};

function methodsUsed(): string[] {
  const calls = source.matchAll(/\b(?:client|web)\s*\.((?:[a-z]\w*\.)*[a-z]\w*)\(/gi);
  return [...new Set([...calls].map((match) => match[1] ?? ''))].filter((name) => !['on', 'disconnect'].includes(name));
}

describe.each(MODES)('manifest.yml in %s mode', (mode, manifest) => {
  it('names the scopes of every Web API method that is called, and no other', () => {
    const used = methodsUsed();
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((method) => SCOPES[method] === undefined)).toEqual([]);
    const needed = new Set(['commands', ...used.flatMap((method) => SCOPES[method] ?? [])]);
    const { bot, bot_optional: optional } = manifest.oauth_config.scopes;
    expect([...bot, ...optional].sort()).toEqual([...needed].sort());
  });

  it('names the command and lists every word in its hint', () => {
    const registered = [...source.matchAll(/app\.command\((\w+)/g)].map((match) => match[1]);
    expect(registered).toEqual(['COMMAND']);
    expect(manifest.features.slash_commands.map(({ command, usage_hint }) => ({ command, usage_hint }))).toEqual([
      { command: COMMAND, usage_hint: USAGE_HINT },
    ]);
  });

  it('names the events with a listener', () => {
    const registered = [...source.matchAll(/app\.event\('(\w+)'/g)].map((match) => match[1]);
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(registered);
    expect(manifest.features.app_home.home_tab_enabled).toBe(registered.includes('app_home_opened'));
  });

  it('enables interactivity, because there are actions', () => {
    expect(source).toMatch(/app\.action</);
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
  });

  it('configures Socket Mode, or the address at which Bolt answers', () => {
    const { socket_mode_enabled, event_subscriptions, interactivity } = manifest.settings;
    const { url } = manifest.features.slash_commands[0] ?? {};
    expect(socket_mode_enabled).toBe(mode === 'socket');
    const address = mode === 'socket' ? undefined : 'https://YOUR-HOST/slack/events';
    expect([url, event_subscriptions.request_url, interactivity.request_url]).toEqual([address, address, address]);
  });

  it("stays within Slack's limits", () => {
    expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
    expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
    expect(USAGE_HINT.length).toBeLessThanOrEqual(1000);
    expect(manifest.settings.token_rotation_enabled).toBe(false);
  });
});
