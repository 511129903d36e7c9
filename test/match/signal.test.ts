import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { createMatcher } from '../../src/match/matcher.ts';
import { createSignalMaker } from '../../src/match/signal.ts';

const NOW = Date.UTC(2026, 0, 2);
const matcher = createMatcher(loadCatalogue());

function signals(lines: readonly string[], timezoneOffsetMinutes = 0): readonly Signal[] {
  const make = createSignalMaker(matcher, { source: 'error.log', clock: { now: () => NOW }, timezoneOffsetMinutes });
  return make({ source: 'error.log', generation: 'g', offset: 0, bytes: Buffer.from(`${lines.join('\n')}\n`) });
}

const full = (second: number, pid: number) =>
  `2026/01/01 00:00:0${second} [alert] ${pid}#${pid}: 512 worker_connections are not enough`;
const refused = (upstream: string, connection = 1) =>
  `2026/01/01 00:00:00 [error] 7#7: *${connection} connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: a, request: "GET /${connection} HTTP/1.1", upstream: "http://${upstream}/${connection}", host: "a"`;

describe('createSignalMaker', () => {
  it('holds the process, the message, the time and the peer', () => {
    expect(signals([refused('10.0.0.5:80', 42)])).toEqual([
      {
        pattern: 'connect-refused',
        meaning: { role: 'trouble', groups: ['connect-refused', 'upstream-refused', 'upstream-failing'] },
        at: Date.UTC(2026, 0, 1),
        timed: true,
        source: 'error.log',
        level: 'error',
        pid: 7,
        connection: 42,
        captures: {
          client: '192.0.2.7',
          server: 'a',
          request: 'GET /42 HTTP/1.1',
          upstream: 'http://10.0.0.5:80/42',
          host: 'a',
          phase: 'connecting to upstream',
          errno: '111',
          peer: '10.0.0.5:80',
        },
        count: 1,
        line: refused('10.0.0.5:80', 42),
      },
    ]);
  });

  it('folds by process, peer and second, and keeps the first line of each', () => {
    const folded = signals([full(0, 7), full(0, 7), full(0, 8), full(1, 7), full(0, 7)]);
    expect(folded.map(({ pid, at, count }) => [pid, at % 60_000, count])).toEqual([
      [7, 0, 3],
      [8, 0, 1],
      [7, 1000, 1],
    ]);
    const peers = signals([refused('10.0.0.5:80', 1), refused('10.0.0.6:80', 2), refused('10.0.0.5:80', 3)]);
    expect(peers.map(({ captures, count, connection }) => [captures.peer, count, connection])).toEqual([
      ['10.0.0.5:80', 2, null],
      ['10.0.0.6:80', 1, 2],
    ]);
  });

  it('keeps the connection of a fold when one connection said it all', () => {
    const [again] = signals([refused('10.0.0.5:80', 7), refused('10.0.0.5:80', 7), refused('10.0.0.5:80', 7)]);
    expect(again).toMatchObject({ count: 3, connection: 7 });
  });

  it('stays small in a flood of ever new peers, and still shows the rare line after it', () => {
    const flood = Array.from({ length: 20_000 }, (_, i) => refused(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`, i));
    const folded = signals([...flood, full(0, 7)]);
    expect(folded.length).toBeLessThan(520);
    expect(folded.reduce((total, { count }) => total + count, 0)).toBe(20_001);
    expect(folded.find(({ pattern }) => pattern === 'worker-connections')?.count).toBe(1);
  });

  it('names the busiest clients of a fold, and none where there is one', () => {
    const from = (client: string) => refused('10.0.0.5:80').replace('192.0.2.7', client);
    const many = Array.from({ length: 500 }, (_, i) => from(`198.51.100.${i % 200}`));
    const [attack, single] = signals([
      ...many,
      ...Array.from({ length: 300 }, () => from('203.0.113.9')),
      refused('10.0.0.6:80', 1),
      refused('10.0.0.6:80', 2),
    ]);
    expect(attack?.count).toBe(800);
    const [first, ...others] = attack?.busiest?.client ?? [];
    expect(others).toHaveLength(15);
    expect(first).toMatchObject({ key: '203.0.113.9' });
    expect(first?.count).toBeGreaterThanOrEqual(300);
    expect((first?.count ?? 0) - (first?.over ?? 0)).toBeLessThanOrEqual(300);
    for (const { count, over = 0 } of others) expect(count - over).toBeLessThanOrEqual(3);
    expect(attack?.busiest).not.toHaveProperty('pid');
    expect(single).not.toHaveProperty('busiest');
  });

  it('counts whom the lines are about also where there are too many kinds to tell apart', () => {
    const limited = (client: string) =>
      `2026/01/01 00:00:00 [error] 7#7: *1 limiting requests, excess: 5.1 by zone "one", client: ${client}, server: a, request: "GET / HTTP/1.1", host: "a"`;
    const flood = Array.from({ length: 3000 }, (_, i) => limited(i % 3 === 0 ? '2001:db8::bad' : `2001:db8::1:${i}`));
    const made = signals([...Array.from({ length: 600 }, (_, i) => limited(`2001:db8::2:${i}`)), ...flood]);
    const rest = made.at(-1);
    expect(made).toHaveLength(513);
    expect(rest?.count).toBe(3000 + 600 - 512);
    expect(rest?.busiest?.client?.[0]?.key).toBe('2001:db8::bad');
    expect(rest?.busiest).not.toHaveProperty('pid');
  });

  it('lets a client that says ever new things take nothing from other clients and patterns', () => {
    const from = (client: string, upstream: string) => refused(upstream).replace('192.0.2.7', client);
    const flood = Array.from({ length: 5000 }, (_, i) => from('203.0.113.9', `10.${i >> 8}.${i & 255}.1:80`));
    const others = Array.from({ length: 40 }, (_, i) => from(`198.51.100.${i}`, '192.0.2.80:80'));
    const folded = signals([...flood, ...others, full(0, 7), full(0, 8)]);
    expect(folded.reduce((total, { count }) => total + count, 0)).toBe(5042);
    expect(folded.length).toBeLessThanOrEqual(32 + 1 + 1 + 2);
    expect(folded.find(({ captures }) => captures.peer === '192.0.2.80:80')?.count).toBe(40);
    expect(folded.filter(({ pattern }) => pattern === 'worker-connections').map(({ pid }) => pid)).toEqual([7, 8]);
  });

  it('keeps of what it folds for want of room only what all lines say', () => {
    const flood = Array.from({ length: 1000 }, (_, i) => refused(`10.0.${i >> 8}.${i & 255}:80`, i));
    const rest = signals(flood).find(({ count }) => count > 900);
    expect(rest?.captures).toEqual({
      client: '192.0.2.7',
      server: 'a',
      host: 'a',
      phase: 'connecting to upstream',
      errno: '111',
    });
  });

  it('never folds a doubtful line with one that is none', () => {
    const tail =
      ', client: 192.0.2.7, server: a, request: "GET / HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: "a"';
    const head = '2026/01/01 00:00:00 [error] 7#7: *1 FastCGI sent in stderr: "';
    const imitated = `${head}x" while reading response header from upstream${tail}`;
    const lines = [full(0, 9), imitated, full(0, 9), `${head}y" while reading response header from upstream${tail}`];
    const made = signals([imitated, full(0, 8), `${head.replaceAll('7#7', '9#9')}y" while reading${tail}`]);
    expect(made.find(({ pid }) => pid === 8)).toMatchObject({ count: 1, isDoubtful: true });
    // A process that wrote an entry before is none that a client had to guess.
    expect(signals(lines).find(({ pid }) => pid === 9)).not.toHaveProperty('isDoubtful');
  });

  it('keeps the first and the last line of each fold', () => {
    const [many, one] = signals([refused('10.0.0.5:80', 1), refused('10.0.0.5:80', 2), refused('10.0.0.6:80', 3)]);
    expect(many).toMatchObject({ line: refused('10.0.0.5:80', 1), lastLine: refused('10.0.0.5:80', 2) });
    expect(one).not.toHaveProperty('lastLine');
  });

  it('leaves out lines that a path or a backend writes into a quotation', () => {
    const head = '2026/01/01 00:00:00 [error] 7#7: *1';
    const tail = ', client: 192.0.2.7, server: a, request: "GET /%0a HTTP/1.1", host: "a"';
    // As nginx 1.22 wrote them for GET /%0a…%0a… and for a PHP backend that printed line breaks.
    const path = [`${head} open() "/srv/`, full(0, 9), full(0, 9), `x" failed (2: No such file or directory)${tail}`];
    const stderr = [`${head} FastCGI sent in stderr: "PHP message: hello`, full(0, 9), `bye" while reading${tail}`];
    expect(signals([...path, full(1, 7)]).map(({ pid, pattern }) => [pid, pattern])).toEqual([
      [7, 'worker-connections'],
    ]);
    expect(signals([...stderr, full(1, 7)]).filter(({ pid }) => pid === 9)).toEqual([]);
    expect(signals([...stderr, full(1, 7)]).at(-1)?.count).toBe(1);
  });

  it('believes lines after a request with a quotation mark, and after a line that nginx cut', () => {
    const request = `2026/01/01 00:00:00 [error] 7#7: *1 open() "/srv/a"b" failed (2: No such file or directory), client: 192.0.2.7, server: a, request: "GET /a"b"c HTTP/1.1", host: "a"`;
    const cut = `2026/01/01 00:00:00 [error] 7#7: *1 open() "/srv/${'x'.repeat(2000)}`;
    expect(signals([request, full(0, 7), cut, full(1, 7)]).map(({ at }) => at % 60_000)).toEqual([0, 1000]);
    const hiding = [
      `2026/01/01 00:00:00 [error] 7#7: *1 open() "/srv/`,
      `"" failed (2: No such file or directory), client: 192.0.2.7, server: a, request: "GET /%0a%22 HTTP/1.1", host: "a"`,
    ];
    expect(signals([...hiding, full(0, 7)]).map(({ pid }) => pid)).toEqual([7]);
    const orphan = ['x'.repeat(3000), ...Array.from({ length: 40 }, () => 'a "b'), full(0, 7)];
    expect(signals(orphan).length).toBeLessThanOrEqual(1);
  });

  it('uses the reading time for lines that carry none, and says so', () => {
    expect(signals(['512 worker_connections are not enough'])[0]).toMatchObject({
      at: NOW,
      timed: false,
      level: null,
      pid: null,
    });
  });

  it('reads local time with the offset of nginx', () => {
    expect(signals([full(0, 7)], 120)[0]?.at).toBe(Date.UTC(2025, 11, 31, 22));
  });

  it('keeps no more than 2 KiB of a line', () => {
    expect(signals([`${full(0, 7)}${'x'.repeat(5000)}`])[0]?.line).toHaveLength(2048);
  });
});
