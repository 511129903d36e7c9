/** What of a configuration is printed, and that nothing that is derived from it is lost. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HostFacts } from '../../src/audit/rule.ts';
import type { Settings } from '../../src/core/settings.ts';
import { type ConfigTree, parseDump } from '../../src/nginx/config-tree.ts';
import { Directives } from '../../src/nginx/directives.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { isWhole } from '../../src/nginx/fragment.ts';
import { createNames, isPlainName } from '../../src/nginx/plain-name.ts';
import { printedConfig } from '../../src/nginx/printed-config.ts';
import { PRINTED_DIRECTIVES } from '../../src/nginx/printed-directives.ts';
import { audit } from '../../src/service/reports/audit-report.ts';

const TESTS = resolve(import.meta.dirname, '..');
const CONFIGS = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.conf'))
  .map((file) => [file, readFileSync(join(TESTS, file), 'utf8')] as const);

const HOST: HostFacts = {
  workerSoftFiles: 1024,
  masterHardFiles: 4096,
  system: null,
  supervisor: null,
  reloadsPerHour: 0,
  requestsPerSecond: 100,
  connectionsPerSecond: 100,
  upstreamPerClient: null,
  longRequests: null,
  sharedClient: null,
  statusFailure: null,
  addresses: [],
};

function settingsOf(tree: ConfigTree): Settings {
  const origin = isWhole(tree.nodes) ? 'files' : 'fragment';
  return deriveSettings(tree, { origin, version: '1.22.1', cpus: 4, prefix: '/usr/share/nginx/' });
}

const PLACE = new Set(['file', 'line']);
/** Lines are other ones in the printed text. */
const withoutPlaces = (settings: Settings): unknown =>
  JSON.parse(JSON.stringify(settings, (key, value) => (PLACE.has(key) ? undefined : value)));

const print = (text: string): string => printedConfig(parseDump(text), createNames());
/** Paths of the test's own files and line numbers. */
const unplaced = (text: string): string => text.replaceAll(/\(?[\w./-]*:\d+\)?/g, '');

describe('a printed configuration', () => {
  it('is there for every configuration of the tests', () => {
    expect(CONFIGS.length).toBeGreaterThan(80);
  });

  it.each(CONFIGS)('means the same: %s', async (_file, text) => {
    const tree = parseDump(text);
    const printed = parseDump(print(text));
    expect(printed.problems.filter(({ message }) => !message.includes('open()'))).toEqual([]);
    const [before, after] = [settingsOf(tree), settingsOf(printed)];
    expect(withoutPlaces(after)).toEqual(withoutPlaces(before));
    const findings = async (settings: Settings) =>
      (await audit(settings, HOST)).map(({ rule, severity, text: said }) => `${rule} ${severity} ${unplaced(said)}`);
    expect((await findings(after)).sort()).toEqual((await findings(before)).sort());
    expect(print(print(text))).toBe(print(text));
  });
});

describe('the directives that are printed', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('are all that settings are derived from', () => {
    const asked = new Set<string>();
    const { get, has } = Directives.prototype;
    vi.spyOn(Directives.prototype, 'get').mockImplementation(function (this: Directives, name) {
      asked.add(name);
      return get.call(this, name);
    });
    vi.spyOn(Directives.prototype, 'has').mockImplementation(function (this: Directives, name) {
      asked.add(name);
      return has.call(this, name);
    });
    for (const [, text] of CONFIGS) settingsOf(parseDump(text));
    vi.restoreAllMocks();
    expect(asked.size).toBeGreaterThan(60);
    expect([...asked].filter((name) => !PRINTED_DIRECTIVES.has(name))).toEqual([]);
  });
});

describe('what is printed of a directive', () => {
  it.each([
    ['worker_connections 512;', 'worker_connections 512;'],
    ['fastcgi_param DB_PASSWORD hunter2;', 'fastcgi_param […] […];'],
    ['proxy_set_header X-Api-Key abcdef;', 'proxy_set_header […] […];'],
    ['proxy_set_header Connection "";', 'proxy_set_header Connection "";'],
    ['proxy_set_header Connection $up;', 'proxy_set_header Connection $up;'],
    ['proxy_set_header Host backend.internal;', 'proxy_set_header Host backend.internal;'],
    ['proxy_set_header Connection "close; k=s3cr3t";', 'proxy_set_header Connection […];'],
    ['proxy_pass http://user:hunter2@backend:80/api;', 'proxy_pass http://[…]@backend:80/api;'],
    ['proxy_pass http://backend/x?key=hunter2;', 'proxy_pass http://backend/x[…];'],
    ['proxy_pass http://backend/9f86d081884c7d65/x;', 'proxy_pass http://backend/hidden-1/x;'],
    ['set $password hunter2;', 'set […] […];'],
    ['map $http_x_key $ok { "s3cr3t" 1; default 0; }', 'map […] […] {}'],
    [
      'map $http_upgrade $up { default upgrade; "" close; s3cr3t x; }',
      'map $http_upgrade $up {\n    default upgrade;\n    "" close;\n}',
    ],
    ['if ($arg_token = "tok_7f3a9c") { return 403 "s3cr3t"; }', 'if […] […] […] […] {\n    return […] […];\n}'],
    ['rewrite ^/a /b?key=s3cr3t last;', 'rewrite […] […] […];'],
    ['secure_link_md5 "$uri s3cr3t";', 'secure_link_md5 […];'],
    ['sub_filter secret s3cr3t;', 'sub_filter […] […];'],
    ['perl_set $x \'sub { return "s3cr3t"; }\';', 'perl_set […] […];'],
    ['content_by_lua_block { ngx.say("s3cr3t") }', 'content_by_lua_block {}'],
    [
      'server_name a.example.com 9f86d081884c.example.com *.b.example;',
      'server_name a.example.com hidden-1.example.com *.b.example;',
    ],
    ['location ~ ^/hook/x7Kq9ZpL2m/(a|b)$ { }', 'location ~ ^/hook/hidden-1/(a|b)$ {}'],
    [
      'log_format main \'$remote_addr key=s3cr3t rt="$request_time" Bearer abc $status\';',
      'log_format main \'$remote_addr key=… rt="$request_time" … … $status\';',
    ],
    [
      'access_log syslog:server=10.0.0.1:514,tag=abc,x=s3cr3t main;',
      'access_log syslog:server=10.0.0.1:514,tag=abc,[…] main;',
    ],
    ['error_log /var/log/nginx/error.log warn;', 'error_log /var/log/nginx/error.log warn;'],
    ['auth_basic "the password is s3cr3t";', 'auth_basic […];'],
    ['upstream app { server user:pw@h:80 weight=2 route=s3cr3t; }', 'upstream app {\n    server […] weight=2 […];\n}'],
    ['limit_req_zone "s3cr3t" zone=one:10m rate=10r/s;', 'limit_req_zone […] zone=one:10m rate=10r/s;'],
    ['resolver 10.0.0.2 [2001:db8::8a2e] valid=30s;', 'resolver 10.0.0.2 [2001:db8::8a2e] valid=30s;'],
    ['geo $x { 10.0.0.0/8 s3cr3t; }', 'geo […] {}'],
    ['S3cr3t x;', '[…];'],
    ['location "/\u001b]0;x\u0007" {}', 'location […] {}'],
    ['location "/\u202ex" {}', 'location […] {}'],
    ['log_format f "\ufeff $host";', 'log_format f "… $host";'],
    ['include conf.d/*.conf;', ''],
    ['# password: s3cr3t', ''],
  ])('%s', (text, printed) => {
    const shown = print(text).trim().replaceAll(/'/g, '"').replaceAll('\\"', '"');
    expect(shown).toBe(printed.replaceAll(/'/g, '"').replaceAll('\\"', '"'));
  });
});

describe('a name', () => {
  it.each(['app', 'web-01', 'api.v2', 'MyBackend', 'php8', 'static_files', 'h2c', '8080', 'fastcgi_temp', 'EC2'])(
    'is plain: %s',
    (name) => expect(name.split('.').every(isPlainName)).toBe(true),
  );
  it.each(['9f86d081', 's3cr3t', 'tok_7f3a9c', 'x7Kq9ZpL2m', 'aGVsbG8gd29', 'a%40b', 'bcdfghjklm', '123456789'])(
    'is none: %s',
    (name) => expect(isPlainName(name)).toBe(false),
  );

  it('that is hidden has one number throughout, and addresses are none', () => {
    const names = createNames();
    expect(names.masked('a-9f86d081.x')).toBe('hidden-1.x');
    expect(names.masked('http://q9w8e7r6/a-9f86d081')).toBe('http://hidden-2/hidden-1');
    expect(names.again('up a-9f86d081 and z9y8x7w6')).toBe('up hidden-1 and z9y8x7w6');
    expect(names.masked('[2001:db8::8a2e:370]:443')).toBe('[2001:db8::8a2e:370]:443');
  });
});
