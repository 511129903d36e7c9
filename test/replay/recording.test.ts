/** The observations from a bundle's files, in order of time, for any writer and place. */
import { describe, expect, it } from 'vitest';
import type { AccessData } from '../../src/core/samples/access.ts';
import { observationsIn, replayContent } from './recording.ts';

const REFUSED =
  '[error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"';
const PAGE = 'Active connections: 3 \nserver accepts handled requests\n 10 10 30 \nReading: 0 Writing: 2 Waiting: 1 \n';
const page = (at: string | null) => JSON.stringify({ at, text: PAGE });
const served = (at: string, rest = '') =>
  `203.0.113.1 - - [06/May/2024:${at} +0200] "GET / HTTP/1.1" 200 12 "-" "curl"${rest}`;

const timesOf = async (content: Record<string, string>, kind: 'signal' | 'sample') =>
  (await observationsIn(content))
    .filter((observation) => observation.kind === kind)
    .map(({ at }) => new Date(at).toISOString());

describe('the time axis', () => {
  it('places an error log in local time by the access log of the same host', async () => {
    const content = { 'error.log': `2024/05/06 12:00:07 ${REFUSED}\n`, 'access.log': `${served('12:00:01')}\n` };
    expect(await timesOf(content, 'signal')).toEqual(['2024-05-06T10:00:07.000Z']);
    expect(await timesOf(content, 'sample')).toEqual(['2024-05-06T10:00:05.000Z']);
  });

  it('without one, places it in the nearest time zone in which it overlaps the samples', async () => {
    const status = `${page('2024-05-06T10:00:00Z')}\n${page('2024-05-06T10:05:00Z')}\n`;
    const behind = { 'error.log': `2024/05/06 05:31:00 ${REFUSED}\n`, 'stub_status.ndjson': status };
    expect(await timesOf(behind, 'signal')).toEqual(['2024-05-06T10:01:00.000Z']);
    const early = `2024/05/06 07:00:00 ${REFUSED}\n2024/05/06 10:02:00 ${REFUSED}\n`;
    expect((await timesOf({ 'error.log': early, 'stub_status.ndjson': status }, 'signal')).at(-1)).toBe(
      '2024-05-06T10:02:00.000Z',
    );
  });

  it('takes the time zone from the time of a shipper', async () => {
    const line = `pod controller 2024-10-21T10:41:45.462803094+02:00 2024/10/21 10:41:45 ${REFUSED}\n`;
    expect(await timesOf({ 'error.log': line }, 'signal')).toEqual(['2024-10-21T08:41:45.462Z']);
  });

  it('places a log without times and loose figures at the end', async () => {
    const content = {
      'error.log': `${REFUSED}\n`,
      'stub_status.ndjson': `${page('2024-05-06T10:00:00Z')}\n${page('2024-05-06T10:05:00Z')}\n`,
      'facts.json': '{"kernel":{"conntrackCount":9}}',
    };
    expect(await timesOf(content, 'signal')).toEqual(['2024-05-06T10:05:00.000Z']);
    expect((await timesOf(content, 'sample')).at(-1)).toBe('2024-05-06T10:05:00.000Z');
  });
});

describe('error logs', () => {
  it('are joined when a terminal wrapped the lines', async () => {
    const wrapped = `2024/05/06 10:00:00 ${REFUSED.replace('(111', '\n   (111').replace(' while', '\nwhile').replace('"http', '\n  "http')}\n`;
    const [seen] = await observationsIn({ 'error.log': wrapped });
    expect(seen).toMatchObject({
      signal: { pattern: 'connect-refused', captures: { upstream: 'http://198.51.100.1:80/' } },
    });
  });

  it('give the same signals for any chunks', async () => {
    const log = Array.from({ length: 40 }, (_, i) => `2024/05/06 10:00:${10 + i} ${REFUSED}`).join('\n');
    const whole = await observationsIn({ 'error.log': log });
    expect(whole).toHaveLength(40);
    for (const chunkBytes of [1, 7, 97, 1000])
      expect(await observationsIn({ 'error.log': log }, chunkBytes)).toEqual(whole);
  });

  it('without signals give possible health; a log of another program does not', async () => {
    const line = '2024/05/06 10:00:00 [error] 7#7: *1 open() "/srv/x" failed (2: No such file or directory)\n';
    expect((await replayContent({ 'error.log': line })).diagnosis).toMatchObject({
      verdict: 'healthy',
      confidence: 'possible',
    });
    expect((await replayContent({ 'error.log': 'dear diary\n' })).diagnosis.verdict).toBe('cannot-tell');
    expect((await replayContent({ 'facts.json': '{"nginxVersion":"1.22.1"}' })).diagnosis.verdict).toBe('cannot-tell');
  });
});

describe('access logs', () => {
  const dataOf = async (content: Record<string, string>, chunkBytes?: number): Promise<AccessData[]> =>
    (await observationsIn(content, chunkBytes)).flatMap((seen) =>
      seen.kind === 'sample' && seen.sample.probe === 'access' && seen.sample.ok ? [seen.sample.data] : [],
    );

  it('are summed over five seconds, for any number of lines and any chunks', async () => {
    const counts = [1, 900, 2, 0, 37];
    const lines = counts.flatMap((count, slot) =>
      Array<string>(count).fill(served(`12:00:${String(slot * 5 + 3).padStart(2, '0')}`)),
    );
    for (const chunkBytes of [65_536, 1000, 33]) {
      const data = await dataOf({ 'access.log': lines.join('\n') }, chunkBytes);
      expect(data.map(({ requests }) => requests)).toEqual(counts.filter((count) => count > 0));
    }
  });

  it('are read in the matching defined format, used or not', async () => {
    const config = `http { log_format other '$status $request'; log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '\n '$upstream_addr $upstream_response_time'; }`;
    const [data] = await dataOf({
      'nginx.conf': config,
      'access.log': `${served('12:00:01', ' 198.51.100.1:80 0.250')}\n`,
    });
    expect(data?.upstreams).toMatchObject([{ peer: '198.51.100.1:80', requests: 1 }]);
  });
});

describe('the most informative diagnosis', () => {
  it('is the root cause, also when its consequence was named last and longest', async () => {
    const line = (second: number, text: string) =>
      `2024/05/06 10:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')} ${text}`;
    const tail =
      'client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"';
    const broke = `[error] 7#7: *1 upstream prematurely closed connection while reading response header from upstream, ${tail}`;
    const log = [
      ...[0, 2, 4, 6, 8].map((second) => line(second, broke)),
      ...Array.from({ length: 90 }, (_, i) => line(10 + i, REFUSED)),
    ].join('\n');
    const { diagnosis, incidents } = await replayContent({ 'error.log': log });
    expect(diagnosis).toMatchObject({ cause: 'upstream-crash', severity: 'critical' });
    expect(incidents).toHaveLength(1);
  });

  it('of a log that ends during the failure is concluded for a while longer, as in the live service', async () => {
    const lost =
      '[error] 7#7: *1 upstream timed out (110: Connection timed out) while connecting to upstream, client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"';
    const { incidents } = await replayContent({ 'error.log': `2024/05/06 10:00:07 ${lost}\n`.repeat(2) });
    expect(incidents.map(({ incident }) => incident.cause)).toEqual(['upstream-unreachable']);
  });

  it('of a single failed request is named, but opens no incident', async () => {
    const lost = (minute: string) =>
      `2024/05/06 10:${minute}:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"\n`;
    const once = await replayContent({ 'error.log': lost('00') + lost('30') });
    expect(once).toMatchObject({ diagnosis: { cause: 'upstream-down', severity: 'warning' }, incidents: [] });
    const { incidents } = await replayContent({ 'error.log': lost('00') + lost('09') });
    expect(incidents.map(({ incident }) => incident.openedAt)).toEqual([Date.UTC(2024, 4, 6, 10, 9, 5)]);
  });
});
