/** What a command loads before it answers: start-up time is the number of modules. */
import { expect, it } from 'vitest';
import { loadedModules } from '../support/loaded-modules.ts';

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
  expect(loadedModules(['status', 'config']).filter(isWasm)).toEqual([]);
});
