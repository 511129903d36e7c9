/**
 * Configurations made to exhaust their reader: the work grows with the text and not faster, and what is too much is left
 * unread and said. Work is counted as reads of values; memory is that of the built command as a process of its own.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_HOST } from '../../src/audit/rule.ts';
import { runRules } from '../../src/audit/run-rules.ts';
import type { Settings } from '../../src/core/settings.ts';
import { directivesOf } from '../../src/digest/directives.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { loadRules } from '../../src/service/load-rules.ts';
import { countedReads } from '../support/counted-reads.ts';
import { type Measured, measuredCommand } from '../support/measured-command.ts';

const PATIENCE_MS = 120_000;
const OPTIONS = { origin: 'files', version: '1.25.0', cpus: 4, prefix: '/' } as const;
/** Sorting, and a part that does not grow. */
const TWICE = 2.3;

const folder = mkdtempSync(join(tmpdir(), 'gapwatch-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const times = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join('\n');
const http = (text: string): string => `events {}\nhttp {\n${text}\n}`;
const loopback = (index: number): string => `127.0.${(index >> 8) & 255}.${index & 255}`;

/** Each has two parts that meet in the derivation, or in a rule: all of one with all of the other would be a square. */
const SHAPES: Readonly<Record<string, (count: number) => string>> = {
  'sites with backends of their own': (n) =>
    http(
      times(
        n,
        (i) => `upstream u${i} { server h${i}.example.com:80; keepalive 2; }
          server { listen 80; server_name s${i}; access_log /l/${i}; error_log /l/${i}.err;
            location / { proxy_pass http://u${i}; } location /s { stub_status; allow 127.0.0.1; deny all; } }`,
      ),
    ),
  'servers that pass to each other in one ring': (n) =>
    http(
      times(
        n,
        (i) => `server { listen ${1000 + i}; location / { proxy_pass http://127.0.0.1:${1000 + ((i + 1) % n)}; } }`,
      ),
    ),
  'servers that pass to themselves': (n) =>
    http(times(n, (i) => `server { listen ${1000 + i}; location / { proxy_pass http://127.0.0.1:${1000 + i}; } }`)),
  'servers chosen by name on one port': (n) =>
    http(
      times(
        n,
        (i) =>
          `server { listen 80; server_name s${i}; location / { proxy_pass http://127.0.0.1:80; proxy_set_header Host s${(i + 1) % n}; } }`,
      ),
    ),
  'one server with many addresses and as many names': (n) =>
    http(`server { ${times(n, (i) => `listen ${loopback(i)}:80;`)} server_name ${times(n, (i) => `s${i}`)}; }`),
  'one server with many addresses and as many status pages': (n) =>
    http(
      `server { ${times(n, (i) => `listen ${loopback(i)}:80;`)} server_name ${times(n, (i) => `~s${i}`)} last;
        allow 10.0.0.1; deny 10.0.0.2; ${times(n, (i) => `location /${i} { stub_status; }`)} }
        server { listen 80 default_server; }`,
    ),
  'one server with many public addresses and as many status pages': (n) =>
    http(
      `server { ${times(n, (i) => `listen 8.8.${(i >> 8) & 255}.${i & 255}:80;`)} ${times(n, (i) => `location /${i} { stub_status; }`)} }`,
    ),
  'one server with many names and as many settings of its own': (n) =>
    http(
      `server { server_name ${times(n, (i) => `s${i}`)}; server_name more; ${times(n, (i) => `location /${i} { keepalive_timeout 5; }`)} }`,
    ),
  'one server with many names and as many passes': (n) =>
    http(
      `server { server_name ${times(n, (i) => `s${i}`)}; server_name more; ${times(n, (i) => `location /${i} { proxy_pass http://b:1; }`)} }`,
    ),
  'many headers for many locations': (n) =>
    http(
      `${times(n, (i) => `proxy_set_header X-${i} v;`)} ${times(n, () => 'server { location / { proxy_pass http://b:1; } }')}`,
    ),
  'many maps for many locations': (n) =>
    http(
      times(
        n,
        (i) => `map $http_upgrade $m${i} { default upgrade; '' close; }
          server { location / { proxy_pass http://b:1; proxy_set_header Connection $m${i}; } }`,
      ),
    ),
  'many logs for many servers': (n) =>
    http(
      `${times(n, (i) => `log_format f${i} '$status'; access_log /l/${i} f${i};`)} ${times(n, () => 'server { location / {} }')}`,
    ),
  'many limits': (n) =>
    http(
      `${times(n, (i) => `limit_req_zone $binary_remote_addr zone=z${i}:1m rate=1r/s; limit_req zone=z${i};`)}
        real_ip_header X-Real-IP; server { listen 10.0.0.1:80; }`,
    ),
  'many words in one argument list': (n) =>
    http(`server { location ${times(n, () => 'w')} { ${times(n, (i) => `if ($a${i}) { proxy_pass http://b:1; }`)} } }`),
  'a long number for many locations': (n) =>
    http(`proxy_read_timeout ${'1'.repeat(n)}; ${times(n, () => 'server { location / { proxy_pass http://b:1; } }')}`),
  'nested ifs and maps with many entries': (n) =>
    http(
      `map $a $b { ${times(n, (i) => `k${i} v;`)} } server { location / { ${times(n, (i) => `if ($a${i}) { return 403; }`)} } }`,
    ),
};

const rules = await loadRules();

function work(text: string): { readonly derive: number; readonly audit: number } {
  const tree = countedReads(parseFragment(text));
  deriveSettings(tree.value, OPTIONS);
  const settings = countedReads<Settings>(deriveSettings(parseFragment(text), OPTIONS));
  runRules(rules, settings.value, NO_HOST);
  directivesOf(settings.value);
  return { derive: tree.count(), audit: settings.count() };
}

describe('twice as much configuration', () => {
  it.each(Object.keys(SHAPES))('is twice the work: %s', (name) => {
    const shape = SHAPES[name] ?? (() => '');
    const [once, twice] = [work(shape(300)), work(shape(600))];
    expect(once.derive).toBeGreaterThan(300);
    expect(twice.derive / once.derive).toBeLessThan(TWICE);
    expect(twice.audit / once.audit).toBeLessThan(TWICE);
  });
});

/** Written piece by piece: the test itself stays small. */
function file(name: string, head: string, count: number, each: (index: number) => string): string {
  const path = join(folder, name);
  const fd = openSync(path, 'w');
  writeSync(fd, head);
  for (let from = 0; from < count; from += 5000) {
    const piece = Array.from({ length: Math.min(5000, count - from) }, (_, i) => each(from + i));
    writeSync(fd, piece.join(''));
  }
  closeSync(fd);
  return path;
}

const audited = (path: string): Measured => measuredCommand(['audit', path], folder, PATIENCE_MS);

const SITE = 'proxy_pass http://10.0.0.1:3000;';

describe('gapwatch audit', () => {
  it(
    'of 200,000 servers judges those it reads, names the line where it stops, and stays small',
    () => {
      const path = file('servers.conf', 'events {}\nhttp {\n', 200_000, (i) => {
        return `server { listen 80; server_name s${i}.example.com; location / { ${SITE} } }\n`;
      });
      const { status, stdout, stderr, peakMiB, ms } = audited(path);
      expect(stderr).toMatch(
        /servers\.conf:\d+: more than 350000 words are in it: the rest of the configuration is not/,
      );
      expect(stdout).toMatch(/\[stub-status-missing\]/);
      expect(status).toBe(3);
      expect(peakMiB).toBeLessThan(300);
      expect(ms).toBeLessThan(60_000);
    },
    PATIENCE_MS,
  );

  it(
    'of 60,000 servers is read whole when gapwatch.yml raises the limit that the message names',
    () => {
      const path = file('many.conf', 'events {}\nhttp {\n', 60_000, (i) => {
        return `server { listen 80; server_name s${i}.example.com; location / { ${SITE} } }\n`;
      });
      writeFileSync(path, '}\n', { flag: 'a' });
      expect(audited(path).stderr).toMatch(/\(limit: nginx\.configLimits\.words in gapwatch\.yml\)/);
      const config = join(folder, 'raised.yml');
      writeFileSync(config, 'nginx:\n  configLimits:\n    words: 1000000\n');
      const { stderr, stdout } = measuredCommand(['audit', '-c', config, path], folder, PATIENCE_MS);
      expect(stderr).not.toContain('is not read');
      expect(stdout).toMatch(/\[stub-status-missing\]/);
    },
    PATIENCE_MS,
  );

  it.each([
    ['a file of 100 MB', 'events {}\n', 1_000_000, () => `# ${'x'.repeat(97)}\n`, /more than 16777216 characters/],
    ['a million directives', 'events {}\nhttp {\n', 1_000_000, () => 'gzip on;\n', /more than 350000 words/],
    ['a map of a million entries', 'events {}\nhttp {\nmap $a $b {\n', 1_000_000, (i: number) => `k${i} v;\n`, /words/],
    ['one directive of a million words', 'events {}\nuser ', 1_000_000, () => 'w ', /more than 350000 words/],
    ['a word of ten megabytes', 'events {}\nuser ', 100_000, () => 'x'.repeat(100), /too long parameter/],
    ['a quote that is not closed', 'events {}\nuser "', 100_000, () => 'x'.repeat(100), /too long parameter/],
    ['braces that are not closed', '', 1_000_000, () => 'a { ', /nested too deep/],
    ['braces that were not opened', '', 1_000_000, () => '}}', /unexpected "\}"/],
    ['open Lua brackets', 'http { content_by_lua_block { ', 500_000, () => '[=[[', /of the Lua block/],
    ['open Lua strings', 'http { content_by_lua_block { ', 500_000, () => '"\\\'\\', /of the Lua block/],
    ['ranges of ports', 'events {}\nhttp {\n', 10_000, () => 'server { listen 1-65535; }\n', /more than 32768 ports/],
    [
      'loops',
      'events {}\nhttp {\n',
      60_000,
      (i: number) => {
        return `server { listen ${i + 1}; location / { proxy_pass http://127.0.0.1:${i + 1}; } }\n`;
      },
      /more than 350000 words/,
    ],
  ] as const)(
    'of %s says so and stays small',
    (name, head, count, each, says) => {
      const { status, stderr, peakMiB } = audited(file(`${name.replaceAll(' ', '-')}.conf`, head, count, each));
      expect(stderr).toMatch(says);
      expect([2, 3]).toContain(status);
      expect(peakMiB).toBeLessThan(450);
    },
    PATIENCE_MS,
  );

  it(
    'of includes that double at each of thirty depths ends',
    () => {
      const path = join(folder, 'double');
      mkdirSync(path);
      for (let i = 0; i < 30; i += 1)
        writeFileSync(join(path, `${i}.conf`), `include ${i + 1}.conf;\ninclude ${i + 1}.conf;\n`);
      writeFileSync(join(path, '30.conf'), 'gzip on;\n');
      const { stderr, peakMiB } = audited(join(path, '0.conf'));
      expect(stderr).toMatch(
        /\.conf:[12]: more than 20000 files are included: the rest of the configuration is not read/,
      );
      expect(peakMiB).toBeLessThan(300);
    },
    PATIENCE_MS,
  );

  it(
    'of a pattern of many stars ends',
    () => {
      const path = join(folder, 'stars');
      mkdirSync(path);
      writeFileSync(join(path, 'a'.repeat(250)), 'gzip on;\n');
      writeFileSync(join(path, 'nginx.conf'), `events {}\ninclude ${'*a'.repeat(100)}*b;\n`);
      expect(audited(join(path, 'nginx.conf')).status).toBe(0);
    },
    PATIENCE_MS,
  );
});
