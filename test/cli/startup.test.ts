/** Checks which modules a command loads, because they determine its start-up time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { loadedModules, loadedUntil } from '../support/loaded-modules.ts';

const packageOf = (url: string): string | null => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? null;
const packagesOf = (urls: readonly string[]): string[] => [
  ...new Set(urls.map(packageOf).filter((name) => name !== null)),
];

it.each(['--version', '--help', 'help run', 'run --help'])('gapwatch %s loads no package but commander', (words) => {
  const urls = loadedModules(words.split(' '));
  expect(packagesOf(urls)).toEqual(['commander']);
  expect(urls.filter((url) => url.includes('/cli/actions/'))).toEqual([]);
});

it('a command loads the work of no other command', () => {
  const urls = loadedModules(['explain', 'slow-upstream']);
  const actions = urls.filter((url) => url.includes('/cli/actions/'));
  expect(actions).toEqual([expect.stringMatching(/explain\.js$/)]);
});

it('loads the WebAssembly scanner for match, and not for a command that watches', () => {
  const isWasm = (url: string): boolean => url.includes('/match/wasm/');
  expect(loadedModules(['match', '--count', '/dev/null']).filter(isWasm)).not.toEqual([]);
  const watching = loadedModules(['status', 'config']);
  expect(watching.filter((url) => url.endsWith('/cli/actions/status.js'))).toHaveLength(1);
  expect(watching.filter((url) => url.includes('/match/matcher.js'))).toHaveLength(1);
  expect(watching.filter(isWasm)).toEqual([]);
});

it('run with the tokens of a workspace loads neither the local Slack nor the lab', async () => {
  const workspace = await createLocalSlack();
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-startup-'));
  try {
    const config = join(folder, 'gapwatch.yml');
    const store = { path: join(folder, 'gapwatch.db') };
    writeFileSync(config, JSON.stringify({ store, slack: { channel: 'C0INCIDENTS' } }));
    const urls = await loadedUntil('connected to Slack', ['run', '-c', config], {
      SLACK_API_URL: workspace.apiUrl,
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      GAPWATCH_LOG_LEVEL: 'info',
    });
    expect(urls.filter((url) => url.includes('/dist/slack/'))).not.toEqual([]);
    expect(urls.filter((url) => url.includes('/dist/demo/'))).toEqual([]);
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
