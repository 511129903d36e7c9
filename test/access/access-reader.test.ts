import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessReader } from '../../src/access/access-reader.ts';
import { createAccessTally } from '../../src/access/access-tally.ts';
import { COMBINED_FORMAT } from '../../src/nginx/log-format.ts';
import { type Ground, PrivateNginx } from '../support/private-nginx.ts';

const TIMED =
  '$remote_addr $status $request_time "$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time"';
const bytes = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

describe('attempts', () => {
  const read = (...lines: readonly string[]) => {
    const reader = createAccessReader(TIMED, 'default');
    reader.feed(bytes(...lines));
    return reader.take(1000);
  };

  it('of one request are counted for their peers', () => {
    const { upstreams } = read(
      '1.1.1.1 200 0.512 "10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80" "502, 504 : 200" "-, 0.001 : 0.002" "-, - : 0.010" "0.000, 0.500 : 0.011"',
    );
    expect(upstreams).toEqual([
      {
        peer: '10.0.0.1:80',
        requests: 1,
        errors5xx: 1,
        connectMs: null,
        headerMs: null,
        responseMs: { p50: 0, p95: 0, p99: 0, max: 0 },
        responseCounts: [[0, 1]],
      },
      {
        peer: '10.0.0.2:80',
        requests: 1,
        errors5xx: 1,
        connectMs: { p50: 1, p95: 1, p99: 1, max: 1 },
        headerMs: null,
        responseMs: { p50: 500, p95: 500, p99: 500, max: 500 },
        responseCounts: [[495, 1]],
      },
      {
        peer: '10.0.0.3:80',
        requests: 1,
        errors5xx: 0,
        connectMs: { p50: 2, p95: 2, p99: 2, max: 2 },
        headerMs: { p50: 10, p95: 10, p99: 10, max: 10 },
        responseMs: { p50: 11, p95: 11, p99: 11, max: 11 },
        responseCounts: [[11, 1]],
      },
    ]);
  });

  it('are none for a request without an upstream', () => {
    expect(read('1.1.1.1 404 0.000 "-" "-" "-" "-" "-"')).toMatchObject({
      requests: 1,
      upstreams: [],
      status: { 404: 1 },
    });
  });

  it('of peers above the limit are counted together', () => {
    const lines = Array.from(
      { length: 300 },
      (_, i) => `1.1.1.1 200 0.001 "10.0.${i >> 8}.${i & 255}:80" "200" "0.000" "0.001" "0.001"`,
    );
    const { upstreams } = read(...lines, ...lines, ...lines);
    expect(upstreams.length).toBe(257);
    expect(upstreams[0]).toMatchObject({ peer: '*', requests: 44 * 3 });
  });

  it('of rare peers above the limit are counted together, to the millisecond', () => {
    const line = (peer: string, ms: number) => `1.1.1.1 200 0.001 "${peer}" "502" "0.000" "0.001" "0.${ms}"`;
    const strangers = Array.from({ length: 400 }, (_, i) => line(`192.0.${i >> 8}.${i & 255}:80`, 100 + i));
    const own = Array.from({ length: 3 }, () => line('10.0.0.5:80', 900));
    const { upstreams } = read(...own, ...strangers);
    expect(upstreams.map(({ peer, requests, errors5xx }) => [peer, requests, errors5xx])).toEqual([
      ['*', 400, 400],
      ['10.0.0.5:80', 3, 3],
    ]);
    expect(upstreams[0]?.responseMs).toMatchObject({ p50: expect.closeTo(299, -1), max: 499 });
  });
});

it('formats without upstream times give the other counts', () => {
  const reader = createAccessReader(COMBINED_FORMAT, 'default');
  const line = (client: string, status: number) =>
    `${client} - - [21/Nov/2026:05:23:42 +0000] "GET / HTTP/1.1" ${status} 12 "-" "curl"`;
  reader.feed(bytes(line('10.0.0.1', 200), line('10.0.0.1', 101), 'what is this', line('10.0.0.2', 503), ''));
  expect(reader.take(5000)).toEqual({
    intervalMs: 5000,
    requests: 3,
    unparsed: 1,
    status: { 101: 1, 200: 1, 503: 1 },
    requestMs: null,
    upstreams: [],
    topClients: [
      { address: '10.0.0.1', requests: 2 },
      { address: '10.0.0.2', requests: 1 },
    ],
    longRequests: null,
  });
  expect(reader.take(5000)).toMatchObject({ requests: 0, unparsed: 0, status: {}, topClients: [] });
});

it('a last line without a newline counts, and empty lines do not', () => {
  const reader = createAccessReader('$status $request_time', 'default');
  reader.feed(Buffer.from('\n200 0.001\n\nx\n200 0.002'));
  expect(reader.take(1)).toMatchObject({ requests: 2, unparsed: 1, requestMs: { max: 2 } });
});

it('the client status is used for the last attempt when upstream status is not logged', () => {
  const reader = createAccessReader('$status $upstream_addr', 'default');
  reader.feed(bytes('502 10.0.0.1:80, 10.0.0.2:80', '200 10.0.0.1:80'));
  expect(reader.take(1).upstreams.map(({ peer, requests, errors5xx }) => [peer, requests, errors5xx])).toEqual([
    ['10.0.0.1:80', 2, 0],
    ['10.0.0.2:80', 1, 1],
  ]);
});

it('readers of several logs share quantiles through one tally', () => {
  const tally = createAccessTally();
  createAccessReader('$status $request_time', 'default', tally).feed(bytes('200 0.010', '200 45.000'));
  createAccessReader('{"rt":$request_time,"client":"$remote_addr"}', 'json', tally).feed(
    bytes('{"rt":0.020,"client":"::1"}'),
  );
  expect(tally.take(1)).toMatchObject({
    requests: 3,
    requestMs: { p50: 20, max: 45_000 },
    longRequests: 1,
    topClients: [{ address: '::1', requests: 1 }],
  });
});

const config = ({ port, folder }: Ground) => `
events { worker_connections 64; }
http {
  log_format timed '${TIMED}';
  log_format js escape=json '{"client":"$remote_addr","agent":"$http_user_agent","status":$status,"rt":$request_time,"up":"$upstream_addr","urt":"$upstream_response_time"}';
  access_log logs/timed.log timed;
  access_log logs/js.log js;
  upstream app { server unix:${folder}/dead.sock max_fails=0; server unix:${folder}/live.sock; }
  server { listen unix:${folder}/live.sock; access_log off; location / { return 200 ok; } location /fails { return 503; } }
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; } location /static { return 204; } }
}`;

describe('a log that the real nginx wrote', () => {
  let nginx: PrivateNginx;
  beforeAll(async () => {
    nginx = await PrivateNginx.start(config);
    const agent = 'x" "y\\" [é] 1.1.1.1 - 200';
    for (const path of ['/', '/', '/', '/', '/fails', '/static', '/static']) {
      await (
        await fetch(`http://127.0.0.1:${nginx.port}${path}`, {
          headers: { 'user-agent': Buffer.from(agent).toString('latin1') },
        })
      ).text();
    }
  });
  afterAll(() => nginx.stop());

  it.each([
    ['timed', TIMED, 'default'],
    [
      'js',
      '{"client":"$remote_addr","agent":"$http_user_agent","status":$status,"rt":$request_time,"up":"$upstream_addr","urt":"$upstream_response_time"}',
      'json',
    ],
  ] as const)('in format %s is counted right', async (name, format, escaping) => {
    const reader = createAccessReader(format, escaping);
    await expect.poll(() => readFileSync(nginx.path(`logs/${name}.log`), 'utf8').split('\n').length).toBe(8);
    reader.feed(readFileSync(nginx.path(`logs/${name}.log`)));
    const data = reader.take(1000);
    expect(data).toMatchObject({
      requests: 7,
      unparsed: 0,
      status: { 200: 4, 204: 2, 503: 1 },
      topClients: [{ address: '127.0.0.1', requests: 7 }],
    });
    const live = data.upstreams.find((one) => one.peer.endsWith('/live.sock'));
    const dead = data.upstreams.find((one) => one.peer.endsWith('/dead.sock'));
    expect(live).toMatchObject({ requests: 5, errors5xx: 1 });
    expect(dead?.requests).toBeGreaterThan(0);
    if (name === 'timed') expect(dead).toMatchObject({ errors5xx: dead?.requests, headerMs: null });
  });
});

it('a format with a line break is read up to the break', () => {
  const reader = createAccessReader('$remote_addr $status\n$upstream_addr', 'default');
  reader.feed(bytes('10.0.0.1 200', '10.0.0.2:80'));
  expect(reader.take(1000)).toMatchObject({ requests: 1, unparsed: 1, status: { 200: 1 } });
  const empty = createAccessReader('\n', 'default');
  empty.feed(bytes(''));
  expect(empty.take(1000)).toMatchObject({ requests: 1 });
});
