import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Pass, Settings } from '../../src/core/settings.ts';
import { parseDump, parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings, type EffectiveOptions } from '../../src/nginx/effective.ts';

const OPTIONS: EffectiveOptions = { origin: 'fragment', version: '1.22.1', cpus: 8, prefix: '/usr/share/nginx/' };
const derive = (text: string, options: Partial<EffectiveOptions> = {}): Settings =>
  deriveSettings(parseDump(text), { ...OPTIONS, ...options });
const fixture = (name: string, options: Partial<EffectiveOptions> = {}): Settings =>
  derive(readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8'), options);

describe('a reverse proxy', () => {
  const settings = fixture('reverse-proxy.conf');
  const pass = (location: string): Pass => {
    const found = settings.passes.findLast((one) => one.location === location);
    if (found === undefined) throw new Error(`no pass in ${location}`);
    return found;
  };

  it('has its process settings with their places', () => {
    expect(settings).toMatchObject({
      workerCount: 4,
      workerProcesses: { value: 4, place: { file: 'nginx.conf', line: 3 } },
      workerRlimitNofile: { value: 8192, place: { line: 4 } },
      workerShutdownTimeoutMs: { value: 30_000 },
      workerConnections: { value: 4096, place: { line: 9 } },
      multiAccept: { value: true },
      pidFile: '/run/nginx.pid',
      masterProcess: true,
    });
  });

  it('has client timeouts of http{}, and what servers change', () => {
    expect(settings.keepaliveTimeoutMs).toEqual({ value: 15_000, place: { file: 'nginx.conf', line: 17 } });
    expect(settings.keepaliveRequests.value).toBe(500);
    expect(
      [settings.clientHeaderTimeoutMs, settings.clientBodyTimeoutMs, settings.sendTimeoutMs].map((one) => one.value),
    ).toEqual([10_000, 12_000, 9500]);
    expect(settings.overrides).toEqual([
      {
        directive: 'keepalive_timeout',
        value: 65_000,
        serverNames: ['shop.example.com', 'www.shop.example.com'],
        location: null,
        place: { file: 'nginx.conf', line: 62 },
      },
    ]);
    expect(settings.resolver?.value).toEqual(['127.0.0.53', 'valid=30s']);
  });

  it('has its upstreams, and one for each address passed to directly', () => {
    const upstreams = settings.upstreams.map(({ name, explicit, zone, keepalive }) => [
      name,
      explicit,
      zone,
      keepalive?.value ?? null,
    ]);
    expect(upstreams).toEqual([
      ['app', true, true, 64],
      ['plain', true, false, null],
      ['api.internal:443', false, false, null],
      ['10.0.2.9:9000', false, false, null],
      ['unix:/run/php/fpm.sock', false, false, null],
      ['127.0.0.1:50051', false, false, null],
      ['127.0.0.1:11211', false, false, null],
    ]);
    expect(settings.upstreams[0]?.servers).toMatchObject([
      { address: '10.0.0.11:8080', maxFails: 3, failTimeoutMs: 60_000, maxConns: 0, backup: false },
      { address: '10.0.0.12:8080', maxFails: 1, failTimeoutMs: 10_000, maxConns: 200 },
      { address: 'unix:/run/app.sock', backup: true },
      { address: 'app.internal:8080', resolve: true, down: true, place: { line: 39 } },
    ]);
  });

  it('resolves every pass to its upstream', () => {
    expect(settings.passes.map(({ kind, target, upstream }) => [kind, target, upstream])).toEqual(
      expect.arrayContaining([
        ['proxy', 'http://app', 'app'],
        ['proxy', 'http://APP$request_uri', 'app'],
        ['proxy', 'http://10.0.2.9:9000', '10.0.2.9:9000'],
        ['proxy', 'https://api.internal/v1/', 'api.internal:443'],
        ['proxy', '$where', null],
        ['fastcgi', 'unix:/run/php/fpm.sock', 'unix:/run/php/fpm.sock'],
        ['grpc', 'grpcs://127.0.0.1:50051', '127.0.0.1:50051'],
        ['memcached', '127.0.0.1:11211', '127.0.0.1:11211'],
      ]),
    );
  });

  it('inherits proxy settings one by one, and headers all or none', () => {
    expect(pass('/')).toMatchObject({
      connectTimeoutMs: { value: 3000, place: { line: 44 } },
      readTimeoutMs: { value: 60_000, place: null },
      httpVersion: { value: '1.1', place: { line: 45 } },
      connectionHeader: { value: '', place: { line: 46 } },
      upgradesWebsocket: false,
    });
    expect(pass('/plain/').connectionHeader).toBeNull();
    expect(pass('~ ^/item/(?<id>[0-9]{1,8})$')).toMatchObject({
      readTimeoutMs: { value: 120_000 },
      buffering: { value: false },
    });
    expect(pass('/ws/')).toMatchObject({ upgradesWebsocket: true, readTimeoutMs: { value: 3_600_000 } });
    expect(pass('/php/')).toMatchObject({ readTimeoutMs: { value: 300_000 }, requestBuffering: { value: false } });
    expect(pass('/rpc/')).toMatchObject({
      tls: true,
      httpVersion: { value: '2' },
      readTimeoutMs: { value: 1_800_000 },
    });
  });

  it('names every log that some server or location writes', () => {
    expect(settings.errorLogs.map(({ target, level, context }) => [target, level, context])).toEqual([
      ['/var/log/nginx/error.log', 'warn', 'main'],
      ['/var/log/nginx/shop-error.log', 'error', 'server'],
      ['/var/log/nginx/api-error.log', 'info', 'location'],
    ]);
    expect(settings.accessLogs.map(({ target, formatName, buffered }) => [target, formatName, buffered])).toEqual([
      ['/var/log/nginx/access.log', 'timed', true],
      ['/var/log/nginx/api.log', 'combined', false],
    ]);
    expect(settings.accessLogs[0]?.format).toContain('$status $body_bytes_sent rt=$request_time ua="$upstream_addr"');
  });

  it('knows limits, mirrors and protocols', () => {
    expect(settings.limitZones).toMatchObject([
      { kind: 'limit_req_zone', name: 'api', key: '$binary_remote_addr', sizeBytes: 10_485_760 },
      { kind: 'limit_conn_zone', name: 'per_server', key: '$server_name' },
    ]);
    expect(settings.limitUses).toMatchObject([
      { kind: 'limit_req', zone: 'api' },
      { kind: 'limit_conn', zone: 'per_server' },
    ]);
    expect(settings).toMatchObject({
      usesMirror: true,
      usesHttp2: true,
      usesQuic: false,
      usesSsi: false,
      usesCache: false,
    });
    expect(settings.statusPages).toMatchObject([
      { url: 'http://127.0.0.1:8090/nginx_status', ownListener: true, allowsLocal: true },
    ]);
  });
});

describe('other shapes', () => {
  it('stream and mail servers', () => {
    const settings = fixture('streams-and-mail.conf');
    expect(settings.listens.map(({ address, context, udp }) => `${context} ${address}${udp ? ' udp' : ''}`)).toEqual([
      'stream 0.0.0.0:5432',
      'stream 127.0.0.1:53 udp',
      'stream 0.0.0.0:12000',
      'stream 0.0.0.0:12001',
      'stream 0.0.0.0:12002',
      'stream 0.0.0.0:12003',
      'mail 0.0.0.0:143',
    ]);
    expect(
      settings.passes.map(({ context, upstream, readTimeoutMs, tls }) => [context, upstream, readTimeoutMs.value, tls]),
    ).toEqual([
      ['stream', 'db', 3_600_000, false],
      ['stream', 'dns', 600_000, false],
      ['stream', '10.0.0.9:7000', 600_000, true],
    ]);
    expect(settings.errorLogs.map(({ target, level }) => `${target} ${level}`)).toEqual([
      '/usr/share/nginx/logs/error.log error',
      'syslog:server=127.0.0.1,facility=local7 notice',
      'memory:32m debug',
      '/usr/share/nginx/logs/dns.log crit',
    ]);
    expect(settings.accessLogs).toMatchObject([{ target: '/usr/share/nginx/logs/stream.log', formatName: 'basic' }]);
    expect(settings.acceptMutex.value).toBe(true);
    expect(settings.workerCount).toBe(8);
  });

  it('Lua and JSON logs', () => {
    const settings = fixture('openresty.conf');
    expect(settings.thirdPartyModules).toEqual(['lua']);
    expect(settings.accessLogs).toMatchObject([
      { escape: 'json', format: expect.stringMatching(/^\{"time":"\$time_iso8601","client".*\}$/) },
    ]);
    expect(settings.passes).toMatchObject([{ target: 'http://$backend', upstream: null }]);
    expect(settings.statusPages).toMatchObject([
      { url: 'http://127.0.0.1:8080/status', hostHeader: null, ownListener: false },
    ]);
  });

  it('Debian as installed', () => {
    const settings = fixture('debian-12.dump', { origin: 'live' });
    expect(settings.listens.map((one) => one.address)).toEqual(['0.0.0.0:80', '[::]:80']);
    expect(settings.workerConnections).toEqual({ value: 768, place: { file: '/etc/nginx/nginx.conf', line: 8 } });
  });
});

describe('defaults', () => {
  it('are those of the version', () => {
    const text = 'events {} http { upstream u { server a; } server { location / { proxy_pass http://u; } } }';
    const old = derive(text, { version: '1.18.0' });
    const now = derive(text, { version: '1.29.7' });
    expect([old.keepaliveRequests.value, now.keepaliveRequests.value]).toEqual([100, 1000]);
    expect([old, now].map((one) => one.passes[0]?.httpVersion.value)).toEqual(['1.0', '1.1']);
    expect([old, now].map((one) => one.upstreams[0]?.keepalive)).toEqual([null, { value: 32, place: null }]);
    expect([derive(text, { version: '1.10.3' }), old].map((one) => one.acceptMutex.value)).toEqual([true, false]);
    expect(old).toMatchObject({
      workerConnections: { value: 512, place: null },
      workerProcesses: { value: 1, place: null },
      keepaliveTimeoutMs: { value: 75_000, place: null },
      workerRlimitNofile: null,
    });
    expect(old.accessLogs).toMatchObject([
      { target: '/usr/share/nginx/logs/access.log', formatName: 'combined', place: null },
    ]);
  });

  it('keep a keepalive of 0 apart from none written', () => {
    const settings = derive('http { upstream u { server a; keepalive 0; } }', { version: '1.30.0' });
    expect(settings.upstreams[0]?.keepalive).toMatchObject({ value: 0, place: { line: 1 } });
  });
});

describe('fragments', () => {
  it.each([
    ['worker_connections 64;', (one: Settings) => one.workerConnections.value, 64],
    ['upstream app { server 10.0.0.1; }', (one: Settings) => one.upstreams[0]?.name, 'app'],
    [
      'location /a { proxy_read_timeout 5s; proxy_pass http://app; }',
      (one: Settings) => one.passes[0]?.readTimeoutMs.value,
      5000,
    ],
    [
      'server { listen 81; location / { proxy_pass http://10.0.0.1:90; } }',
      (one: Settings) => one.listens[0]?.address,
      '0.0.0.0:81',
    ],
    [
      'keepalive_timeout 5;\nworker_processes 3;',
      (one: Settings) => [one.keepaliveTimeoutMs.value, one.workerCount],
      [5000, 3],
    ],
    ['upstream a { server b; }\nlocation / { proxy_pass http://a; }', (one: Settings) => one.passes[0]?.upstream, 'a'],
  ])('read %j as if it stood where it belongs', (text, get, expected) => {
    expect(get(deriveSettings(parseFragment(text), OPTIONS))).toEqual(expected);
  });

  it('know the resolver in force where a request is passed on, and all there are', () => {
    const { resolver, resolvers, passes } = derive(`http {
      server { resolver 10.0.0.1:5353; location / { proxy_pass http://$a; }
        location /b { resolver 10.0.0.2 valid=9s; proxy_pass http://$b; } }
      server { location / { proxy_pass http://c; } } }`);
    expect(resolver).toBeNull();
    expect(passes.map((one) => one.resolver?.value[0] ?? null)).toEqual(['10.0.0.1:5353', '10.0.0.2', null]);
    expect(resolvers?.map(({ value, place }) => [value.join(' '), place?.line])).toEqual([
      ['10.0.0.1:5353', 2],
      ['10.0.0.2 valid=9s', 3],
    ]);
  });

  it('add up the files that may be kept open', () => {
    const { openFileCacheFiles } = derive(`http { open_file_cache max=1000 inactive=20s; open_log_file_cache max=20;
      server { location / { open_file_cache off; } } }`);
    expect(openFileCacheFiles).toBe(1020);
  });

  it('of nothing at all are the defaults', () => {
    expect(deriveSettings(parseFragment(''), OPTIONS).listens).toEqual([]);
  });
});
