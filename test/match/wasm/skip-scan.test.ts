import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadCatalogue } from '../../../src/match/catalogue.ts';
import type { Catalogue } from '../../../src/match/compile-catalogue.ts';
import { createMatcher } from '../../../src/match/matcher.ts';
import { NeedleSearch } from '../../../src/match/wasm/needle-search.ts';
import { ScanMemory } from '../../../src/match/wasm/scan-memory.ts';
import { SkipScan } from '../../../src/match/wasm/skip-scan.ts';
import { createWasmScanner } from '../../../src/match/wasm/wasm-scanner.ts';
import { catalogueOf, pattern } from '../own-patterns.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Patterns of one word each. */
const wordsOnly = (words: readonly string[]): Catalogue =>
  catalogueOf(...words.map((word, i) => pattern(`p${i}`, word)));

/** A pattern with no word to look for but the level. */
const EMERG = catalogueOf(pattern('emerg', '.', { levels: ['emerg'], bare: false }));

function scanOf(wanted: readonly string[] | Catalogue): { space: Buffer; scan: SkipScan } {
  const memory = ScanMemory.create();
  assert(memory !== null);
  const catalogue = 'patterns' in wanted ? wanted : wordsOnly(wanted);
  const scan = SkipScan.create(catalogue.patterns, memory);
  assert(scan !== null);
  return { space: memory.space, scan };
}

/** Numbers of the lines that are found. */
function linesTold(scan: SkipScan, text: Buffer): number[] {
  const lineOf = (at: number): number => text.subarray(0, at).filter((byte) => byte === 10).length;
  return [...new Set([...scan.candidates(text)].map(lineOf))];
}

const linesWith = (words: readonly string[], text: Buffer): number[] =>
  text
    .toString('latin1')
    .split('\n')
    .flatMap((line, number) => (words.some((word) => line.includes(word)) ? [number] : []));

/** Twelve bytes each, so that a word is its own window; many begin, go on or end alike. */
const word = fc.array(fc.constantFrom('ab', 'ba', 'aaaa', 'upst', 'ream', 'to f'), { minLength: 6, maxLength: 6 });
const words = fc.uniqueArray(
  word.map((parts) => parts.join('').slice(0, 12)),
  { minLength: 1, maxLength: 12 },
);
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('ab', 'ba', 'aaaa', 'upst', 'ream', 'to f', '\n', '') },
  { weight: 1, arbitrary: fc.nat(300).map((length) => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
);

describe('SkipScan', () => {
  it('finds the lines that hold a word, and no others', () => {
    const text = fc.tuple(words, fc.array(fc.tuple(piece, fc.nat()), { maxLength: 300 }));
    fc.assert(
      fc.property(text, fc.boolean(), ([wanted, parts], inPlace) => {
        const { space, scan } = scanOf(wanted);
        const planted = parts.map(([one, pick]) => (pick % 9 === 0 ? (wanted[pick % wanted.length] ?? '') : one));
        const bytes = Buffer.from(planted.join(''), 'latin1');
        const length = bytes.copy(space);
        const where = inPlace ? space.subarray(0, length) : bytes;
        expect(linesTold(scan, where)).toEqual(linesWith(wanted, bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('finds a word wherever the pieces end in which a long text is copied', () => {
    const { scan } = scanOf(['needle12word']);
    const size = 64 * 1024;
    for (let shift = -14; shift <= 2; shift++) {
      const text = Buffer.alloc(3 * size, 'x');
      for (const piece of [1, 2]) text.write('needle12word', piece * size + shift - 11 * (piece - 1));
      text[size + 4000] = 10;
      expect(linesTold(scan, text)).toEqual([0, 1]);
    }
  });

  it('keeps thousands of words apart, also where their fingerprints are the same', () => {
    const number = (i: number): string => String(i).padStart(4, '0');
    const all = Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? `prefixed${number(i)}` : `otherone${number(i)}`));
    const { scan } = scanOf(all);
    // Every end of a word is one that is looked for, after each beginning.
    const text = Buffer.from(all.flatMap((_, i) => [`prefixed${number(i)}\n`, `otherone${number(i)}\n`]).join(''));
    const expected = all.map((_, i) => (i % 2 === 0 ? 2 * i : 2 * i + 1));
    expect([...new Set([...scan.candidates(text)].map((at) => Math.floor(at / 13)))]).toEqual(expected);
  });

  it('finds no word that continues after the end of the text', () => {
    const { space, scan } = scanOf(['needle12word']);
    for (let before = 0; before < 100; before++) {
      space.fill('x').write('needle12word', before);
      for (let part = 0; part <= 12; part++) {
        const found = [...scan.candidates(space.subarray(0, before + part))];
        expect(found).toEqual(part < 12 ? [] : [before + 8]);
      }
    }
  });

  it.each(['by vectors', 'by Node'])('finds every level that is searched, %s', (how) => {
    if (how === 'by Node') vi.spyOn(NeedleSearch, 'create').mockReturnValue(null);
    const { space, scan } = scanOf(EMERG);
    const text = fc.array(
      fc.oneof(
        fc.constantFrom('[emerg] ', '[error] ', '[xmerg] ', '[em', '[', 'emerg]', '\n'),
        fc.string({ maxLength: 40 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(text, fc.nat(3), (parts, cut) => {
        const whole = Buffer.from(parts.join(''), 'latin1');
        const bytes = whole.subarray(0, whole.length - cut);
        whole.copy(space);
        const found: number[] = [];
        for (let at = bytes.indexOf('[emerg]'); at >= 0; at = bytes.indexOf('[emerg]', at + 1)) found.push(at);
        expect([...scan.candidates(bytes)]).toEqual(found);
        expect([...scan.candidates(space.subarray(0, bytes.length))]).toEqual(found);
      }),
      { numRuns: 300 },
    );
  });

  it('finds more lines than there is room for at once', () => {
    const { space, scan } = scanOf(['needle12word']);
    const text = Buffer.from('needle12word\n'.repeat(20_000));
    const length = text.copy(space);
    const every = Array.from({ length: 20_000 }, (_, i) => 13 * i + 8);
    expect([...scan.candidates(space.subarray(0, length))]).toEqual(every);
    expect([...new Set(scan.candidates(text))]).toEqual(every);
  });
});

describe('without a walk', () => {
  const LOG = Buffer.from(
    `${'2026/01/01 00:00:00 [info] 7#7: *1 quiet\n'.repeat(200)}2026/01/01 00:00:00 [alert] 7#7: *1 1024 worker_connections are not enough\n`,
  );

  it('looks at every line where there is no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(ScanMemory.create()).toBeNull();
    const matcher = createMatcher(loadCatalogue(), createWasmScanner);
    const space = matcher.space();
    const onMatch = vi.fn();
    matcher.scan(space.subarray(0, LOG.copy(space)), onMatch);
    expect(onMatch).toHaveBeenCalledOnce();
  });

  it('looks at every line when there are more words than room', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `word number ${i} is wanted`);
    const matcher = createMatcher(wordsOnly(many), createWasmScanner);
    const onMatch = vi.fn();
    matcher.scan(Buffer.from(`${'quiet\n'.repeat(100)}word number 4321 is wanted\nword number 4321\n`), onMatch);
    expect(onMatch.mock.calls).toEqual([[4321, 600, 626]]);
  });
});
