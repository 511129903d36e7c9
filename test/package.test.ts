/** What `npm pack` would publish: all that runs, and nothing else. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

it('the package holds the program, its patterns and the manifest, and no test', () => {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(
    execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const paths = (packed.files as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'manifest.yml',
      'dist/cli/main.js',
      'dist/cli/commands/run.js',
      'dist/diagnose/causes/slow-upstream.js',
      'dist/demo/lab/scenarios/slow-upstream.js',
      'dist/demo/local-slack/local-slack.js',
      'patterns/worker-connections.yml',
    ]),
  );
  expect(paths.filter((path) => !/^(?:dist|patterns)\//.test(path)).sort()).toEqual(
    ['LICENSE', 'README.md', 'manifest.yml', 'package.json'].sort(),
  );
  expect(paths.filter((path) => /(?:\.test\.|\.db$|\.map$)/.test(path))).toEqual([]);
});
