import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createErrorLineParser, type ErrorLine } from '../../src/nginx/error-line.ts';

const NOW = Date.UTC(2026, 6, 10, 12);
const at = (...parts: [number, number, number, number, number, number]) => Date.UTC(...parts);

function read(line: string, timezoneOffsetMinutes = 0): ErrorLine {
  return createErrorLineParser({ timezoneOffsetMinutes, now: () => NOW })(Buffer.from(line));
}

const MESSAGE = '512 worker_connections are not enough';
const STAMP = at(2026, 6, 6, 15, 3, 34);

describe('the head of an error-log line', () => {
  it.each([
    [
      'as nginx writes it',
      `2026/07/06 15:03:34 [alert] 46#47: *9 ${MESSAGE}`,
      { at: STAMP, level: 'alert', pid: 46, tid: 47, connection: 9 },
    ],
    [
      'without connection',
      `2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP, level: 'alert', pid: 46, connection: null },
    ],
    ['Windows thread ids', `2026/07/06 15:03:34 [alert] 15384#12716: ${MESSAGE}`, { pid: 15384, tid: 12716 }],
    ['without time stamp', `[error] 16#0: ${MESSAGE}`, { at: null, level: 'error', pid: 16, tid: 0 }],
    ['without level', `314#314: ${MESSAGE}`, { level: null, pid: 314 }],
    ['time stamp only', `2026/07/06 15:03:34 ${MESSAGE}`, { at: STAMP, level: null, pid: null, origin: 'bare' }],
    ['bare', MESSAGE, { at: null, level: null, pid: null, origin: 'bare' }],
    ['bare and indented', `   ${MESSAGE}`, { at: null, level: null, pid: null, origin: 'bare' }],
    ['the command line', `nginx: [warn] ${MESSAGE}`, { at: null, level: 'warn', pid: null }],
    [
      'syslog',
      `Jul 06 15:03:34 web-1 nginx[2130]: 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP, pid: 46 },
    ],
    [
      'nginx as syslog client',
      `<187>Jul  6 15:03:34 web-1 nginx: 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP, pid: 46 },
    ],
    [
      'RFC 5424',
      `<187>1 2026-07-06T15:03:34.003Z web-1 nginx 46 - - 2026/07/06 17:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP + 3, pid: 46 },
    ],
    [
      'facility and tag',
      `daemon.debug: Jul  6 15:03:34 web-1 web-1 nginx: 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP },
    ],
    [
      'a shipper in another zone',
      `Jul 06 16:03:34 web-1 error.log 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP },
    ],
    ['docker compose', `nginx.1    | 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`, { at: STAMP, pid: 46 }],
    ['two frames of compose', `nginx_proxy | nginx.1 | [alert] 46#46: ${MESSAGE}`, { at: null, pid: 46 }],
    [
      'kubectl',
      `web-7f-x nginx 2026-07-06T17:03:34.46+02:00 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP + 460 },
    ],
    ['kubectl --prefix', `[pod/web-7f-x/nginx] 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`, { at: STAMP }],
    [
      'CRI',
      `2026-07-06T15:03:34.123456789Z stderr F 2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`,
      { at: STAMP + 123 },
    ],
    ['docker json-file', `{"log":"2026/07/06 15:03:34 [alert] 46#46: ${MESSAGE}`, { at: STAMP }],
    [
      'a fork that names its function',
      `2026/07/06 15:03:34 [alert] 46#46: *9 [ngx_get_connection:1163] ${MESSAGE}`,
      { at: STAMP, connection: 9 },
    ],
    ['syslog without nginx time', `Jul  6 15:03:34 web-1 nginx: [alert] 46#46: ${MESSAGE}`, { at: STAMP }],
  ])('is read %s', (_, line, expected) => {
    expect(read(line)).toMatchObject({ message: MESSAGE, ...expected });
  });

  it.each([
    ['an access line', `192.0.2.1 - [alert] 7#7: ${MESSAGE} [06/Jul/2026:15:03:34 +0000] "GET / HTTP/1.1" 200 1`],
    [
      'a request in an access line',
      `192.0.2.1 - - [06/Jul/2026:15:03:34 +0000] "GET /[alert] 7#7: ${MESSAGE} HTTP/1.1" 404 1`,
    ],
    [
      'a user name that looks like a syslog header',
      `192.0.2.1 - a - - 2026/07/06 15:03:34 [alert] 7#7: ${MESSAGE} [06/Jul/2026:15:03:34 +0000] "GET /`,
    ],
    ['a JSON access line', `{"user":"x","uri":"/[alert] 7#7: ${MESSAGE}"}`],
    ['something far behind', `${'x'.repeat(300)} [alert] 7#7: ${MESSAGE}`],
  ])('is not taken from %s', (_, line) => {
    expect(read(line)).toMatchObject({ origin: 'bare', level: null, pid: null });
  });

  it('takes kernel lines of syslog and dmesg for what they are', () => {
    const text = 'nf_conntrack: table full, dropping packet';
    expect(read(`Jul  6 15:03:34 web-1 kernel: [12.345678] ${text}`)).toMatchObject({
      origin: 'system',
      at: STAMP,
      message: text,
    });
    expect(read(`[12345.678901] ${text}`)).toMatchObject({ origin: 'system', at: null, message: text });
    expect(read(`[Mon Jul  6 15:03:34 2026] ${text}`)).toMatchObject({ origin: 'system', message: text });
  });

  it('takes lines of systemd and of Kubernetes controllers for what they are', () => {
    const text = `Error getting "[alert] 7#7: ${MESSAGE}"`;
    expect(read(`W0706 15:03:34.689374 7 controller.go:886] ${text}`)).toMatchObject({
      origin: 'system',
      at: STAMP,
      level: null,
      pid: null,
    });
    expect(read(`Jul  6 15:03:34 web-1 systemd[1]: nginx.service: ${text}`)).toMatchObject({
      origin: 'system',
      at: STAMP,
      message: `nginx.service: ${text}`,
    });
    expect(read('192.0.2.1 - systemd[1]: nginx.service: x [06/Jul/2026:15:03:34 +0000] "GET /')).toMatchObject({
      origin: 'bare',
    });
  });

  it('reads the fields of a line that docker wrapped into JSON', () => {
    const line = String.raw`{"log":"2026/07/06 15:03:34 [error] 46#46: *1 x while connecting to upstream, client: 192.0.2.1, upstream: \"http://10.0.0.5:80/a\", host: \"h\"\n","stream":"stderr","time":"2026-07-06T15:03:34Z"}`;
    expect(read(line).fields).toEqual({ client: '192.0.2.1', upstream: 'http://10.0.0.5:80/a', host: 'h' });
  });

  it('takes a connection number at the beginning for a head', () => {
    expect(read(`*758 ${MESSAGE}`)).toMatchObject({ origin: 'nginx', level: null, pid: null, connection: 758 });
    expect(read(`*x ${MESSAGE}`)).toMatchObject({ origin: 'bare', connection: null });
  });

  it("reads local time with nginx's offset, and dates that are none as null", () => {
    expect(read(`2026/07/06 15:03:34 [alert] 46#46: x`, 330).at).toBe(STAMP - 330 * 60_000);
    expect(read('2026/13/41 15:03:34 [alert] 46#46: x').at).toBeNull();
  });

  it('takes the year that syslog leaves out from the clock, never from the future', () => {
    expect(read('Dec 31 23:59:59 web-1 nginx: [alert] 46#46: x').at).toBe(at(2025, 11, 31, 23, 59, 59));
  });
});

const HEAD = '2026/07/06 15:03:34 [error] 46#46: *9 ';
const tail = (text: string) => read(`${HEAD}${text}`);

describe('the context of an error-log line', () => {
  it('is read in full', () => {
    expect(
      tail(
        'connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: app.example, request: "GET /a?b=c HTTP/1.1", subrequest: "/auth", upstream: "http://127.0.0.1:9000/auth", host: "app.example", referrer: "https://app.example/"',
      ),
    ).toMatchObject({
      message: 'connect() failed (111: Connection refused)',
      phase: 'connecting to upstream',
      errno: 111,
      fields: {
        client: '192.0.2.7',
        server: 'app.example',
        request: 'GET /a?b=c HTTP/1.1',
        subrequest: '/auth',
        upstream: 'http://127.0.0.1:9000/auth',
        host: 'app.example',
        referrer: 'https://app.example/',
      },
    });
  });

  it.each([
    ['IPv6', ', client: ::1, server: _, request: "GET / HTTP/2.0"', { client: '::1', server: '_' }],
    [
      'a unix peer',
      ', client: unix:, server: , request: "GET / HTTP/1.0"',
      { client: 'unix:', server: '', request: 'GET / HTTP/1.0' },
    ],
    [
      'a regex name',
      ', client: 192.0.2.7, server: ~^(?<domain>.+)$, request: "GET / HTTP/1.1"',
      { server: '~^(?<domain>.+)$' },
    ],
    [
      'CONNECT',
      ', client: 192.0.2.7, server: a, request: "CONNECT b:443 HTTP/1.1", host: "b:443"',
      { request: 'CONNECT b:443 HTTP/1.1', host: 'b:443' },
    ],
    [
      'FastCGI over unix',
      ', client: 192.0.2.7, server: a, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/run/php.sock:", host: "a"',
      { upstream: 'fastcgi://unix:/run/php.sock:' },
    ],
    [
      'stream',
      ', client: 192.0.2.7, server: 0.0.0.0:5432, upstream: "10.0.0.5:5432", bytes from/to client:1/2, bytes from/to upstream:3/4',
      { upstream: '10.0.0.5:5432', bytesClient: '1/2', bytesUpstream: '3/4' },
    ],
    ['UDP', ', udp client: 192.0.2.7, server: 0.0.0.0:53', { client: '192.0.2.7' }],
    ['Lua', ', context: ngx.timer', { context: 'ngx.timer' }],
    ['the resolver', ', resolver: 127.0.0.53:53', { resolver: '127.0.0.53:53' }],
    [
      'mail',
      ', client: 192.0.2.7, server: 0.0.0.0:143, login: "me@example.com", upstream: 10.0.0.5:143',
      { login: 'me@example.com', upstream: '10.0.0.5:143' },
    ],
    ['a cut request', ', client: 192.0.2.7, server: a, request: "GET /abc', { request: 'GET /abc' }],
    ['a cut key', ', client: 192.0.2.7, serv', { client: '192.0.2.7, serv' }],
  ])('knows %s', (_, text, fields) => {
    expect(tail(`upstream timed out (110: Operation timed out) while reading upstream${text}`)).toMatchObject({
      phase: 'reading upstream',
      errno: 110,
      fields,
    });
  });

  it('does not believe fields that a client wrote into its request', () => {
    const forged = 'GET /x", upstream: "http://203.0.113.66:1/", host: "evil", referrer: "y';
    expect(
      tail(
        `no live upstreams while connecting to upstream, client: 192.0.2.7, server: a, request: "${forged} HTTP/1.1", upstream: "http://app/x", host: "a"`,
      ).fields,
    ).toEqual({ client: '192.0.2.7', server: 'a', request: `${forged} HTTP/1.1`, upstream: 'http://app/x', host: 'a' });
  });

  it('does not believe fields that a client wrote into its referrer or path', () => {
    const fields = { client: '192.0.2.7', server: 'a', request: 'GET /x HTTP/1.1', host: 'a' };
    const context = ', client: 192.0.2.7, server: a, request: "GET /x HTTP/1.1", host: "a"';
    expect(tail(`access forbidden by rule${context}, referrer: "z", upstream: "http://evil/"`).fields).toEqual({
      ...fields,
      referrer: 'z", upstream: "http://evil/',
    });
    const path = '/html/a" failed (24: Too many open files), client: 203.0.113.66, server: evil';
    expect(tail(`open() "${path}" failed (2: No such file or directory)${context}`)).toMatchObject({
      errno: 2,
      fields,
    });
  });

  it('reads arbitrary bytes without throwing', () => {
    const parse = createErrorLineParser({ timezoneOffsetMinutes: 0, now: () => NOW });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, headed) => {
        const line = headed ? Buffer.concat([Buffer.from(HEAD), bytes]) : bytes;
        expect(parse(line).pid).toSatisfy((pid) => pid === null || Number.isInteger(pid));
      }),
    );
  });
});
