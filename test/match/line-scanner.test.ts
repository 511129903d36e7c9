/** Every scanner finds what the naive reference finds, however the lines come. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { createPlainScanner } from '../../src/match/line-scanner.ts';
import { createMatcher, type Matcher } from '../../src/match/matcher.ts';
import type { Pattern } from '../../src/match/pattern.ts';
import { KnownLines } from '../../src/match/wasm/known-lines.ts';
import { createWasmScanner } from '../../src/match/wasm/wasm-scanner.ts';
import { type Expected, matchNaively } from './naive-matcher.ts';
import { catalogueOf, pattern } from './own-patterns.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const builtIn = loadCatalogue();
const patterns = builtIn.patterns.map(({ pattern }) => pattern);

const found = (matcher: Matcher, log: Buffer | string): Expected[] => foundIn(matcher, Buffer.from(log));

/** Where the bytes stand. */
function foundIn(matcher: Matcher, bytes: Buffer): Expected[] {
  const all: Expected[] = [];
  matcher.scan(bytes, (index, start, end) => {
    const id = matcher.catalogue.patterns[index]?.pattern.id ?? '';
    all.push({ id, line: bytes.subarray(start, end).toString('latin1') });
  });
  return all;
}

const ids = (matcher: Matcher, log: string): string[] => found(matcher, log).map(({ id }) => id);

/** Lines of all kinds: hits, hits with a byte changed, cut, doubled or glued, and arbitrary bytes. */
const PLAIN = patterns.flatMap(({ from, hits, misses }) =>
  from === 'nginx' ? [...hits, ...misses].filter((line) => /^(?:2026|\[)/.test(line) && !/^\[\s*\d/.test(line)) : [],
);
const plain = fc.constantFrom(...PLAIN).map((line) => Buffer.from(line));
const damaged = fc.tuple(plain, fc.nat(), fc.nat(255)).map(([line, at, byte]) => {
  const copy = Buffer.from(line);
  // After the head, so that the reference need not know every way a head can be broken.
  const from = Math.max(0, copy.indexOf(': ') + 2);
  if (byte !== 10) copy[from + (at % Math.max(1, copy.length - from))] = byte;
  return copy;
});
const cut = fc.tuple(plain, fc.nat()).map(([line, at]) => line.subarray(0, 40 + (at % line.length)));
const noise = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte < 64 ? byte + 64 : byte))));
const line = fc.oneof(plain, damaged, cut, noise);
const log = fc
  .tuple(fc.array(line, { maxLength: 60 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, closed]) =>
    Buffer.concat(lines.flatMap((one, i) => (i === lines.length - 1 && !closed ? [one] : [one, Buffer.from(end)]))),
  );

const SCANNERS = [
  ['plain', createPlainScanner],
  ['WebAssembly', createWasmScanner],
] as const;

describe.each(SCANNERS)('a matcher with the %s scanner', (_name, makeScanner) => {
  const shared = createMatcher(builtIn, makeScanner);
  const matcherOf = (...own: readonly Pattern[]): Matcher => createMatcher(catalogueOf(...own), makeScanner);

  it('finds what one RegExp a pattern and a line finds', () => {
    fc.assert(
      fc.property(log, (bytes) => {
        expect(found(shared, bytes)).toEqual(matchNaively(patterns, bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same when the lines come in other blocks', () => {
    fc.assert(
      fc.property(log, fc.nat(), (bytes, at) => {
        const split = bytes.lastIndexOf(10, at % (bytes.length + 1)) + 1;
        const parts = [bytes.subarray(0, split), bytes.subarray(split)];
        expect(parts.flatMap((part) => found(shared, part))).toEqual(found(shared, bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('finds the same whether it skips or looks at every line, and in the order of the lines', () => {
    // A pattern with no word of twelve bytes switches skipping off.
    const everyLine = matcherOf(...patterns, pattern('short', 'zq'));
    const quiet = Buffer.from('2026/01/01 00:00:00 [error] 7#7: *1 nothing that anybody knows\n');
    const spread = fc.array(fc.tuple(log, fc.nat(60)), { maxLength: 8 });
    fc.assert(
      fc.property(spread, (parts) => {
        const end = Buffer.from('\n');
        const whole = Buffer.concat(
          parts.flatMap(([bytes, lines]) => [bytes, end, ...Array<Buffer>(lines).fill(quiet)]),
        );
        const skipping = createMatcher(builtIn, makeScanner);
        // A log that begins quiet is skipped through until it turns out to be crowded.
        expect(found(skipping, quiet)).toEqual([]);
        const expected = found(everyLine, whole).filter(({ id }) => id !== 'short');
        expect(found(skipping, whole)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('finds in a log that turns crowded and quiet again what it finds at first sight', () => {
    const crowded = `${patterns.flatMap(({ hits }) => hits).join('\n')}\n`;
    const quiet = '2026/01/01 00:00:00 [error] 7#7: *1 nothing that anybody knows\n'.repeat(2000);
    const matcher = createMatcher(builtIn, makeScanner);
    const first = found(createMatcher(builtIn, makeScanner), crowded);
    for (let turn = 0; turn < 3; turn++) {
      for (let scan = 0; scan < 20; scan++) expect(found(matcher, crowded)).toEqual(first);
      for (let scan = 0; scan < 20; scan++) expect(found(matcher, quiet + crowded)).toEqual(first);
    }
  });

  it('goes on skipping after a crowded stretch of log', () => {
    const crowded = `${patterns.flatMap(({ hits }) => hits).join('\n')}\n`;
    const matcher = createMatcher(builtIn, makeScanner);
    const first = found(matcher, crowded);
    for (let scan = 0; scan < 40; scan++) expect(found(matcher, crowded)).toEqual(first);
  });

  it.each(['with', 'without'])(
    'finds in its own memory what it finds elsewhere, also what it knows already, %s vectors',
    (how) => {
      if (how === 'without') vi.spyOn(KnownLines, 'create').mockReturnValue(null);
      const inMemory = createMatcher(builtIn, makeScanner);
      const space = inMemory.space();
      const byte = fc.oneof(fc.constantFrom(...Buffer.from('0[]#*: \r\n7')), fc.nat(255));
      // Anywhere, and mostly in the head.
      const broken = fc.tuple(plain, fc.oneof(fc.nat(60), fc.nat(300)), byte).map(([line, at, by]) => {
        const copy = Buffer.from(line);
        copy[at % copy.length] = by;
        return copy;
      });
      const short = fc.tuple(plain, fc.nat(90)).map(([line, length]) => line.subarray(0, length));
      const lines = fc.array(fc.oneof(plain, broken, short), { minLength: 1, maxLength: 40 });
      fc.assert(
        fc.property(lines, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), (some, end, closed, last) => {
          const bytes = Buffer.from(
            some.map((line) => line.toString('latin1')).join(end) + (closed ? end : ''),
            'latin1',
          );
          const at = last ? space.length - bytes.length : 0;
          bytes.copy(space, at);
          const here = space.subarray(at, at + bytes.length);
          const expected = found(shared, bytes);
          // Of what is decided, one in eight is kept.
          for (let time = 0; time < 10; time++) expect(foundIn(inMemory, here)).toEqual(expected);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('prefers the pattern that comes first', () => {
    expect(
      ids(matcherOf(pattern('one', 'no live'), pattern('two', 'no live upstreams')), 'no live upstreams\n'),
    ).toEqual(['one']);
  });

  it('lets `not` speak only of what follows the match, so that a client cannot hide a line', () => {
    const matcher = matcherOf(pattern('a', 'refused', { not: [' on purpose'] }));
    expect(ids(matcher, 'refused\nrefused on purpose\nrefused, request: "GET /refused on purpose"\n')).toEqual([
      'a',
      'a',
    ]);
  });

  it('holds levels against lines that name one', () => {
    const matcher = matcherOf(pattern('a', 'refused', { levels: ['alert'] }));
    expect(ids(matcher, '[alert] 7#7: refused\n')).toEqual(['a']);
    expect(ids(matcher, '[warn] 7#7: refused\n')).toEqual([]);
    expect(ids(matcher, '7#7: refused\n')).toEqual(['a']);
  });

  it('takes kernel patterns from kernel lines and nginx patterns from nginx lines', () => {
    const matcher = matcherOf(pattern('k', 'table full', { from: 'system' }), pattern('n', 'no live'));
    const kernel = 'Jan  1 00:00:00 web-1 kernel: [12.345678] ';
    expect(
      ids(matcher, `${kernel}table full\n${kernel}no live\n[error] 7#7: table full\n[error] 7#7: no live\n`),
    ).toEqual(['k', 'n']);
  });

  it('matches bytes that are not UTF-8 and names in UTF-8', () => {
    const matcher = matcherOf(pattern('a', 'zone "(?<zone>[^"]*)" is füll'));
    const bytes = Buffer.from('[error] 7#7: zone "ä" is füll\n');
    expect(found(matcher, bytes)).toHaveLength(1);
    expect(matcher.captures(0, bytes.subarray(0, -1))).toEqual({ zone: 'ä' });
    expect(found(matcher, Buffer.from('[error] 7#7: zone "\xff\xfe" is f\xc3\xbcll\n', 'latin1'))).toHaveLength(1);
  });

  it('takes time in proportion to the line on expressions that make backtracking engines hang', () => {
    const matcher = matcherOf(pattern('a', '(?:a+)+(?:a|aa)*b'));
    const line = `[error] 7#7: ${'a'.repeat(200_000)}\n`;
    const before = process.cpuUsage();
    expect(ids(matcher, line)).toEqual([]);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(2000);
  });

  it('forgets states instead of growing without bound', () => {
    const matcher = matcherOf(pattern('a', '(?:a|b)*a(?:a|b){13}c'));
    const random = Array.from({ length: 20_000 }, (_, i) => ((i * i * 31 + (i >> 3)) % 7 < 3 ? 'a' : 'b')).join('');
    expect(ids(matcher, `${random}\n${random}a${'b'.repeat(13)}c\n`)).toEqual(['a']);
  });

  it('knows long words again, and lines of other levels, once it has forgotten', () => {
    const words = ['x', 'y', 'z'].map((letter) => letter.repeat(4000));
    const matcher = matcherOf(...words.map((word, i) => pattern(`word-${i}`, word)));
    const log = ['error', 'warn', 'crit', 'error'].flatMap((level) => words.map((word) => `[${level}] 7#7: ${word}\n`));
    const expected = ['word-0', 'word-1', 'word-2'];
    expect(ids(matcher, log.join(''))).toEqual([...expected, ...expected, ...expected, ...expected]);
    expect(ids(matcher, `[alert] 7#7: ${words[2]?.slice(1)}\n[alert] 7#7: ${words[1]}\n`)).toEqual(['word-1']);
  });
});
