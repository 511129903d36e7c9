import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diskReader } from '../../src/discovery/config-files.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { parseConfig } from '../../src/nginx/config-tree.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gapwatch-files-'));
  for (const folder of ['/etc/sites/b', '/etc/sites/a', '/etc/sites/.git'])
    mkdirSync(root + folder, { recursive: true });
  for (const [file, text] of [
    ['/etc/nginx.conf', 'include sites/*/[mn]*.conf;\ninclude gone;\ninclude sites/none-*.conf;\nlast 1;'],
    ['/etc/sites/b/main.conf', 'b 1;'],
    ['/etc/sites/a/name.conf', 'a 1;\nunclosed {'],
    ['/etc/sites/a/other.conf', 'never 1;'],
    ['/etc/sites/.git/main.conf', 'never 1;'],
  ] as const) {
    writeFileSync(root + file, text);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

it('resolves includes below another root, in byte order, and names what cannot be read', () => {
  const tree = parseConfig('/etc/nginx.conf', diskReader(systemHost(), root));
  expect(tree.files).toEqual(['/etc/nginx.conf', '/etc/sites/a/name.conf', '/etc/sites/b/main.conf']);
  expect(tree.nodes.map(({ name, file, line }) => `${name} ${file}:${line}`)).toEqual([
    'include /etc/nginx.conf:1',
    'a /etc/sites/a/name.conf:1',
    'unclosed /etc/sites/a/name.conf:2',
    'b /etc/sites/b/main.conf:1',
    'include /etc/nginx.conf:2',
    'include /etc/nginx.conf:3',
    'last /etc/nginx.conf:4',
  ]);
  expect(tree.problems).toEqual([
    { file: '/etc/sites/a/name.conf', line: 2, message: 'unexpected end of file, expecting "}"' },
    { file: '/etc/nginx.conf', line: 2, message: 'open() "/etc/gone" failed (No such file or directory)' },
  ]);
});

it('names a folder of includes that cannot be listed', () => {
  const host = systemHost();
  const shut = {
    ...host,
    list: (path: string) => (path.endsWith('/a/') ? { failure: 'Permission denied' } : host.list(path)),
  };
  const tree = parseConfig('/etc/nginx.conf', diskReader(shut, root));
  expect(tree.files).toEqual(['/etc/nginx.conf', '/etc/sites/b/main.conf']);
  expect(tree.problems[0]).toEqual({
    file: '/etc/nginx.conf',
    line: 1,
    message: 'open() "/etc/sites/a/" failed (Permission denied)',
  });
});
