/** What of a log line is kept: nginx's own words and places, nothing of a client's or an application's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import { readBuiltInPatterns } from '../../src/match/built-in-patterns.ts';
import { compileCatalogue } from '../../src/match/compile-catalogue.ts';
import { createMatcher } from '../../src/match/matcher.ts';
import { createSignalMaker } from '../../src/match/signal.ts';
import { createErrorLineParser } from '../../src/nginx/error-line.ts';
import { MESSAGE_WORDS } from '../../src/nginx/message-words.ts';
import { createPathNumbers, redactedRequest } from '../../src/nginx/redacted-request.ts';
import { createSignalRedactor } from '../../src/nginx/redacted-signal.ts';

const NOW = Date.UTC(2026, 0, 1);
const clock = { now: () => NOW };
const patterns = readBuiltInPatterns();
const matcher = createMatcher(compileCatalogue(patterns));
const hits = patterns.flatMap(({ pattern }) => pattern.hits.map((hit) => [pattern.id, hit] as const));

function signalOf(line: string): Signal | undefined {
  const make = createSignalMaker(matcher, { source: 'error.log', clock, timezoneOffsetMinutes: 0 });
  return make({ source: 'error.log', generation: 'g', offset: 0, bytes: Buffer.from(`${line}\n`) })[0];
}

function redacted(line: string): Signal {
  const signal = signalOf(line);
  if (signal === undefined) throw new Error(`no pattern matches ${line}`);
  return createSignalRedactor(createPathNumbers())(signal);
}

const TAIL = 'client: 203.0.113.7, server: shop.example, request: "GET /a/b?c=d HTTP/1.1"';
const of = (message: string, tail = TAIL): string =>
  `2026/01/01 00:00:00 [error] 7#8: ${tail === '' ? '' : '*9 '}${message}${tail === '' ? '' : `, ${tail}`}`;

describe('the words of nginx', () => {
  it('are all that stand in the examples of the patterns', () => {
    const parse = createErrorLineParser({ timezoneOffsetMinutes: 0, now: clock.now });
    const unknown = hits.flatMap(([, hit]) => {
      const { message, phase } = parse(Buffer.from(hit));
      const text = `${message.replaceAll(/"[^"]*"/g, '')} ${phase ?? ''}`;
      return (text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).filter((word) => !MESSAGE_WORDS.has(word));
    });
    // Names of programs and hosts, and addresses.
    const words = [...new Set(unknown)].filter((word) => !/\d/.test(word));
    expect(words.sort()).toEqual(['F', 'SNMP', 'anon', 'ffd', 'kB', 'lab', 'www']);
  });
});

describe('a line of every pattern', () => {
  it.each(hits)('%s is recognised without its text: %s', (id, hit) => {
    const [before, after] = [signalOf(hit), redacted(hit)];
    expect(after.pattern).toBe(id);
    const again = signalOf(after.line);
    expect(again?.pattern, after.line).toBe(id);
    const { host, referrer, request, upstream, subrequest, login, path, reason, what, ...same } =
      before?.captures ?? {};
    const kept = { ...again?.captures };
    for (const [name, value] of Object.entries(same)) expect(kept[name], `${name} in ${after.line}`).toBe(value);
    expect(createSignalRedactor(null)(after)).toEqual(after);
  });
});

describe('what is left of a line', () => {
  it.each([
    [
      of(
        'connect() failed (111: Connection refused) while connecting to upstream',
        `${TAIL}, upstream: "http://10.0.0.5:80/a/b?c=d", host: "shop.example", referrer: "https://x/?t=1"`,
      ),
      of(
        'connect() failed (111: Connection refused) while connecting to upstream',
        'client: 203.0.113.7, server: shop.example, request: "GET /~1 HTTP/1.1", upstream: "http://10.0.0.5:80/…", host: "…", referrer: "…"',
      ),
    ],
    [
      of(
        'FastCGI sent in stderr: "PHP message: password hunter2 for jane@example.org" while reading response header from upstream',
      ),
      of(
        'FastCGI sent in stderr: "…" while reading response header from upstream',
        'client: 203.0.113.7, server: shop.example, request: "GET /~1 HTTP/1.1"',
      ),
    ],
    [
      of('open() "/srv/www/reset/s3cr3t" failed (24: Too many open files)'),
      of(
        'open() "…" failed (24: Too many open files)',
        'client: 203.0.113.7, server: shop.example, request: "GET /~1 HTTP/1.1"',
      ),
    ],
    [
      of('open() "/var/log/nginx/a.log" failed (24: Too many open files)', ''),
      of('open() "/var/log/nginx/a.log" failed (24: Too many open files)', ''),
    ],
    [
      of('unknown directive "proxy_pas" in /etc/nginx/nginx.conf:25', '').replace('error', 'emerg'),
      of('unknown directive "proxy_pas" in /etc/nginx/nginx.conf:25', '').replace('error', 'emerg'),
    ],
    [
      of('invalid parameter "password=hunter2" in /etc/nginx/nginx.conf:25', '').replace('error', 'emerg'),
      of('invalid parameter "…" in /etc/nginx/nginx.conf:25', '').replace('error', 'emerg'),
    ],
    [
      of('limiting requests, excess: 5.123 by zone "perip"'),
      of(
        'limiting requests, excess: 5.123 by zone "perip"',
        'client: 203.0.113.7, server: shop.example, request: "GET /~1 HTTP/1.1"',
      ),
    ],
    [
      of('9f86d081884c7d65.evil.example could not be resolved (3: Host not found)'),
      of(
        '….evil.example could not be resolved (3: Host not found)',
        'client: 203.0.113.7, server: shop.example, request: "GET /~1 HTTP/1.1"',
      ),
    ],
  ])('%s', (line, left) => {
    expect(redacted(line).line).toBe(left);
  });

  it('is the same number for the same path, and another one for another', () => {
    const numbers = createPathNumbers();
    const of = (path: string) => redactedRequest(`GET ${path} HTTP/1.1`, numbers);
    expect([of('/a'), of('/b'), of('/a'), of('/')]).toEqual([
      'GET /~1 HTTP/1.1',
      'GET /~2 HTTP/1.1',
      'GET /~1 HTTP/1.1',
      'GET / HTTP/1.1',
    ]);
    expect(redactedRequest('S3CR3T /a HTTP/1.1', numbers)).toBe('…');
    for (let i = 0; i < 5000; i++) of(`/${i}`);
    expect(of('/a')).not.toBe('GET /~1 HTTP/1.1');
  });

  it('keeps the prefix that the configuration names, also when it is redacted again', () => {
    let prefixes: readonly string[] = ['/api', '/api/v2/', '/'];
    const numbers = createPathNumbers(() => prefixes);
    const of = (path: string) => redactedRequest(`GET ${path} HTTP/1.1`, numbers);
    expect(of('/api/users/jane?token=x')).toBe('GET /api/~1 HTTP/1.1');
    expect(of('/api/v2/x')).toBe('GET /api/v2/~2 HTTP/1.1');
    // What a client writes to look redacted is a path like any other.
    expect(of('/secret/~7')).toBe('GET /~3 HTTP/1.1');
    expect(of('/api/secret/~7')).toBe('GET /api/~4 HTTP/1.1');
    expect(redactedRequest('GET /api/v2/~2 HTTP/1.1', null)).toBe('GET /api/v2/~2 HTTP/1.1');
    expect(redactedRequest('GET /api/9f86d081884c7d65/~2 HTTP/1.1', null)).toBe('GET /… HTTP/1.1');
    expect(redactedRequest('GET /api/v2/users HTTP/1.1', null)).toBe('GET /… HTTP/1.1');
    prefixes = ['/shop'];
    expect(of('/api/users/jane?token=x')).toBe('GET /~5 HTTP/1.1');
    expect(of('/shop/cart')).toBe('GET /shop/~6 HTTP/1.1');
  });

  it('holds nothing that others wrote, wherever they wrote it', () => {
    const secret = 'Zq7Kv9Xw';
    const place = fc.constantFrom(
      (text: string) => of(`FastCGI sent in stderr: "${text}"`),
      (text: string) =>
        of(
          'upstream timed out (110: Connection timed out) while reading response header from upstream',
          `client: 10.0.0.1, server: ${text}, request: "GET /${text} HTTP/1.1", host: "${text}", referrer: "${text}"`,
        ),
      (text: string) => of(`[lua] a.lua:1: ${text}: too many pending timers`, ''),
      (text: string) => of(`client sent invalid header line: "${text}"`),
      (text: string) => of(`client sent invalid ${text}`),
      (text: string) =>
        of(
          'no live upstreams while connecting to upstream',
          `client: ${text}, server: x, upstream: "http://${text}/${text}"`,
        ),
      (text: string) => of(`pcre2_match() failed: -47 on "${text}" using "${text}"`),
      (text: string) => of(`access forbidden by rule${text}`),
    );
    const around = fc.string({
      unit: fc.constantFrom('"', ',', ' ', ':', '/', '?', 'a', '=', '\u0001', '0', "'", ', client: ', ' while ', '": '),
      maxLength: 12,
    });
    fc.assert(
      fc.property(place, around, around, (make, before, after) => {
        const signal = signalOf(make(`${before} ${secret} ${after}`));
        if (signal === undefined) return;
        const first = createSignalRedactor(createPathNumbers(() => ['/api', '/']))(signal);
        expect(JSON.stringify(first)).not.toContain(secret);
        expect(JSON.stringify(createSignalRedactor(null)(first))).not.toContain(secret);
      }),
      { numRuns: 2000 },
    );
  });

  it('costs little and takes linear time on text made to be slow', () => {
    const redact = createSignalRedactor(createPathNumbers());
    const base = signalOf(of('no live upstreams while connecting to upstream'));
    if (base === undefined) throw new Error('no signal');
    const texts = ['"', ', client: ', ' while ', '\u0001', 'a-', '(1: ', '", host: "', '1 '].map((piece) =>
      piece.repeat(2048 / piece.length),
    );
    const startedAt = performance.now();
    for (let i = 0; i < 50; i++)
      for (const text of texts)
        redact({ ...base, line: of(`${text}${i}`), captures: { reason: text, peer: text, upstream: text } });
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});
