/**
 * The proof for reading instead of running: what gapwatch reads from the files is what `nginx -T` prints, directive by
 * directive, for every configuration of the test corpora that this nginx accepts, and for drawn layouts of includes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { diskReader } from '../../src/discovery/config-files.ts';
import { firstDifference } from '../../src/discovery/cross-check.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { parseConfig, parseDump } from '../../src/nginx/config-tree.ts';
import { NGINX } from '../support/private-nginx.ts';

const TEST = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'gapwatch-dump-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Null when nginx refuses the configuration: then it prints none. */
function dumpOf(file: string, prefix: string): string | null {
  const args = ['-T', '-q', '-p', prefix, '-c', file, '-e', join(prefix, 'error.log')];
  const done = spawnSync(NGINX, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return done.status === 0 ? done.stdout : null;
}

function difference(file: string, dump: string): string | null {
  return firstDifference(parseConfig(file, diskReader(systemHost(), '')), parseDump(dump));
}

function corpus(): string[] {
  const found = (under: string): string[] =>
    readdirSync(join(TEST, under), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.conf'))
      .map((name) => join(TEST, under, name));
  return [...found('audit/fixtures'), ...found('nginx/fixtures'), ...found('scenarios')];
}

it('is the same for every configuration of the corpora that nginx accepts', () => {
  let compared = 0;
  for (const [i, file] of corpus().entries()) {
    const prefix = join(folder, `corpus-${i}`);
    mkdirSync(join(prefix, 'logs'), { recursive: true });
    const copy = join(prefix, 'nginx.conf');
    writeFileSync(copy, readFileSync(file));
    const dump = dumpOf(copy, prefix);
    if (dump === null) continue;
    compared += 1;
    expect([file, difference(copy, dump)]).toEqual([file, null]);
  }
  expect(compared).toBeGreaterThan(20);
}, 60_000);

describe('drawn layouts', () => {
  const name = fc.stringMatching(/^[a-c.][a-c0-9 _-]{0,3}$/).filter((word) => !['.', '..'].includes(word.trim()));
  const fileName = name.map((word) => `${word.trim() || 'a'}.conf`);
  const directive = fc.constantFrom(
    'sendfile on;',
    '# include nothing.conf;',
    "add_header X 'a;b{c}#d';",
    'add_header Y "a \\" b";',
    'map $uri $m { default 0; ~^/a{2}$ 1; "x y" 2; }',
    'keepalive_timeout\n\t65s # seconds\n;',
    'server { listen unix:SOCKET; location ~ \\.php$ { return 204; } }',
    'log_format f escape=json \'{"a":"$uri"}\';',
    'upstream u { server 127.0.0.1:1; server unix:/x weight=2; }',
  );
  const include = fc.constantFrom(
    'include conf.d/*.conf;',
    'include conf.d/[ab]*.conf;',
    'include conf.d/?.conf;',
    'include "conf.d/[!a]*.conf";',
    'include conf.d/*/x.conf;',
    'include */*.conf;',
    'include PREFIX/conf.d/b*;',
    'include conf.d/none-*.conf;',
  );
  const layout = fc.record({
    main: fc.array(fc.oneof(directive, include), { minLength: 1, maxLength: 6 }),
    files: fc.array(fc.tuple(fileName, fc.array(directive, { maxLength: 3 })), { maxLength: 6 }),
    nested: fc.boolean(),
    link: fc.boolean(),
  });
  let drawn = 0;

  function write(prefix: string, plan: typeof layout extends fc.Arbitrary<infer T> ? T : never): string {
    let sockets = 0;
    const words = (lines: readonly string[]): string =>
      lines
        .join('\n')
        .replaceAll('PREFIX', prefix)
        .replaceAll('SOCKET', () => `${prefix}/${sockets++}.sock`)
        // A name is defined once.
        .replaceAll(/log_format f|upstream u|map \$uri \$m/g, (head) => `${head}${sockets++}`);
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    mkdirSync(join(prefix, 'conf.d/sub'), { recursive: true });
    put(join(prefix, 'nginx.conf'), `events {}\nhttp {\naccess_log off;\n${words(plan.main)}\n}\n`);
    for (const [file, lines] of plan.files) put(join(prefix, 'conf.d', file), words(lines));
    if (plan.nested)
      put(join(prefix, 'conf.d/sub/x.conf'), words(['sendfile_max_chunk 1m;', 'include conf.d/sub/*.inc;']));
    if (plan.link) symlinkSync('sub/x.conf', join(prefix, 'conf.d/b-link.conf'));
    return join(prefix, 'nginx.conf');
  }

  it('are read as nginx reads them', () => {
    let compared = 0;
    fc.assert(
      fc.property(layout, (plan) => {
        const prefix = join(folder, `drawn-${drawn++}`);
        const file = write(prefix, plan);
        const dump = dumpOf(file, prefix);
        if (dump === null) return;
        compared += 1;
        expect(difference(file, dump)).toBeNull();
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(40);
  }, 60_000);
});

it('a difference is named with its place', () => {
  const file = join(folder, 'plain.conf');
  writeFileSync(file, 'events {\n  worker_connections 64;\n}\n');
  const dump = execFileSync(NGINX, ['-T', '-q', '-p', folder, '-c', file, '-e', join(folder, 'e.log')], {
    encoding: 'utf8',
  });
  expect(difference(file, dump)).toBeNull();
  writeFileSync(file, 'events {\n  worker_connections 65;\n}\n');
  expect(difference(file, dump)).toBe(`${file}:2 (worker_connections)`);
});
