import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { globTest } from '../../src/nginx/glob.ts';

it.each([
  ['/etc/*.conf', '/etc/a.conf', true],
  ['/etc/*.conf', '/etc/.a.conf', false],
  ['/etc/*.conf', '/etc/x/a.conf', false],
  ['/etc/*.conf', '/etc/aXconf', false],
  ['/etc/*/site', '/etc/b/site', true],
  ['/etc/?.conf', '/etc/ab.conf', false],
  ['/etc/[0-9]*', '/etc/10-a', true],
  ['/etc/[!0-9]*', '/etc/10-a', false],
  ['/etc/[]x]', '/etc/]', true],
  ['/etc/a+(b)', '/etc/a+(b)', true],
  ['/etc/\\*', '/etc/*', true],
  ['/etc/\\*', '/etc/a', false],
])('%s and %s', (pattern, path, fits) => {
  expect(globTest(pattern)(path)).toBe(fits);
});

it.each([
  ['[a-c]*', 'b1', true],
  ['[a-c]*', 'd1', false],
  ['[!a-c]', 'd', true],
  ['[a-]', '-', true],
  ['[', '[', true],
  ['a[b', 'a[b', true],
  ['*', '', true],
  ['**a**', 'xay', true],
  ['*.*', 'a.b', true],
  ['a*b*c', 'abbbcbc', true],
  ['a*b*c', 'abbbcb', false],
  ['\\[a\\]', '[a]', true],
])('%s and the name %s', (pattern, name, fits) => {
  expect(globTest(pattern)(name)).toBe(fits);
});

it('agrees with the shell on every short pattern', () => {
  const letters = ['a', 'b', '*', '?', '.', '[ab]', '[!a]'];
  const names = ['a', 'b', 'ab', 'ba', 'aab', '.a', 'a.b', 'abab'];
  const patterns = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => `${one}${two}${three}`)));
  const script = 'for p in "$@"; do for n in $NAMES; do case $n in ($p) echo "$p $n";; esac; done; done';
  const said = execFileSync('sh', ['-c', script, 'sh', ...patterns], { env: { NAMES: names.join(' ') } });
  // Unlike glob(3), `case` lets a wildcard match the leading dot.
  const shell = said
    .toString()
    .split('\n')
    .filter((line) => !/^[*?[].* \./.test(line));
  const ours = patterns.flatMap((pattern) => names.filter(globTest(pattern)).map((name) => `${pattern} ${name}`));
  expect(ours.toSorted()).toEqual(shell.filter(Boolean).toSorted());
});

it('ends soon for a pattern of many stars that nearly fits a long name', () => {
  const pattern = `${'*a'.repeat(2000)}*b`;
  expect(globTest(pattern)('a'.repeat(4000))).toBe(false);
  expect(globTest(pattern)(`${'a'.repeat(4000)}b`)).toBe(true);
});

it('fits no path that is too long to be opened', () => {
  expect(globTest('*')('a'.repeat(4097))).toBe(false);
  expect(globTest('*'.repeat(4097))('a')).toBe(false);
});
