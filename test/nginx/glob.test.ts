import { expect, it } from 'vitest';
import { globToRegExp } from '../../src/nginx/glob.ts';

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
  expect(globToRegExp(pattern).test(path)).toBe(fits);
});
