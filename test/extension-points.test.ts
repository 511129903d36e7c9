/**
 * What adding one thing touches: in a copy of the built program, one file (a probe: two) is added for each kind of thing,
 * and the program finds it. No list names them.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../src/slack/actions.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LINE = '2026/01/01 00:00:00 [alert] 7#7: the added level is 11';

const ADDED: Readonly<Record<string, string>> = {
  'dist/diagnose/causes/added-cause.js': `export const cause = { id: 'added-cause', kind: 'cause', title: 'Added cause',
    means: 'm', looksLike: 'l', fix: 'f', differsFrom: [], references: [], reads: [], consequences: [], precedence: 999,
    judge: () => null };`,
  'dist/checks/checks/added-check.js': `export const check = { id: 'added-check', place: 999, does: 'added', judge: () => null };`,
  'dist/audit/rules/added-rule.js': `export const rule = { id: 'added-rule', title: 't', reference: 'r', judge: () => [] };`,
  'dist/core/samples/added-probe.js': `import { z } from 'zod';
    export const sample = { id: 'added-probe', schema: z.object({}), blindSpot: null, cost: 'low', patience: 1, heavy: false };`,
  'dist/probe/probes/added-probe.js': `import { sample } from '../../core/samples/added-probe.js';
    export const probe = { sample, create: () => null };`,
  'dist/demo/lab/scenarios/added-scenario.js': `export const scenario = { id: 'added-scenario', title: 'added' , expected: { cause: 'added-cause' } };`,
};

let folder = '';
const inCopy = (...args: string[]): string =>
  execFileSync(process.execPath, [join(folder, 'dist/cli/main.js'), ...args], { encoding: 'utf8' });
const evaluated = (script: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' }));

/** The built-in pattern says what a pattern needs today, so the added one is made from it. */
function addedPattern(): string {
  const [like = ''] = readdirSync(join(ROOT, 'patterns')).filter((file) => file.endsWith('.yml'));
  const head = readFileSync(join(ROOT, 'patterns', like), 'utf8')
    .split('\n')
    .filter((line) => /^(role|group): /.test(line));
  return [
    'id: added-pattern',
    'means: A pattern that a test adds.',
    ...head,
    `match: 'the added level is (?<level>\\d+)'`,
    'hits:',
    `  - '${LINE}'`,
    'misses:',
    `  - '${LINE.replace('11', 'high')}'`,
    'refs:',
    `  - 'nginx src/os/unix/ngx_files.c'`,
    '',
  ].join('\n');
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-extension-'));
  for (const part of ['dist', 'patterns', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(ADDED)) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'patterns/added-pattern.yml'), addedPattern());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a thing that is added is found', () => {
  it('as a cause, and as the scenario that shows it', () => {
    const page = inCopy('explain', 'added-cause');
    expect(page).toContain('Added cause');
    expect(page).toContain('added-scenario');
  });

  it('as a check', () => {
    expect(inCopy('status', '--help')).toContain('added-check');
  });

  it('as a pattern', () => {
    writeFileSync(join(folder, 'error.log'), `${LINE}\n`);
    expect(inCopy('match', '--count', join(folder, 'error.log'))).toContain('added-pattern');
  });

  it('as an audit rule and as a probe with its sample', () => {
    const found = evaluated(`
      import { loadRules } from './dist/service/load-rules.js';
      import { loadParts } from './dist/service/load-parts.js';
      const { sampleKinds, probeMakers, checks } = await loadParts();
      const ids = [await loadRules(), sampleKinds, probeMakers.map(({ sample }) => sample), checks];
      console.log(JSON.stringify(ids.map((list) => list.map(({ id }) => id))));`) as string[][];
    const [rules, samples, probes, checks] = found;
    expect(rules).toContain('added-rule');
    expect(samples).toContain('added-probe');
    expect(probes).toContain('added-probe');
    expect(checks).toContain('added-check');
  });

  it('as a Slack action, since one file alone names the actions', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const named = files.filter((file) =>
      ACTIONS.some(({ id }) => readFileSync(join(ROOT, 'src', file), 'utf8').includes(`'${id}'`)),
    );
    expect(named).toEqual([join('slack', 'actions.ts')]);
  });
});
