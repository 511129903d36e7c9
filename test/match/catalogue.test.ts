import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GapwatchError } from '../../src/core/errors.ts';
import { readBuiltInPatterns } from '../../src/match/built-in-patterns.ts';
import { BUILT_IN_PATTERNS, loadCatalogue } from '../../src/match/catalogue.ts';
import { checkCatalogue } from '../../src/match/check.ts';
import { ScanMemory } from '../../src/match/wasm/scan-memory.ts';
import { SkipScan } from '../../src/match/wasm/skip-scan.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patterns-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const GOOD = `id: mine
means: Something that only our module says.
match: 'our (?<what>\\w+) broke'
hits: ['[error] 7#7: our cache broke']
misses: ['[error] 7#7: their cache broke']
refs: [wiki]
`;

function problemsOf(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  try {
    loadCatalogue([folder, BUILT_IN_PATTERNS]);
    return '';
  } catch (error) {
    if (!(error instanceof GapwatchError)) throw error;
    expect(error.code).toBe('CONFIG');
    return error.message;
  }
}

describe('readBuiltInPatterns', () => {
  it('gives patterns that all have a word to skip by: one without halves the speed of the whole catalogue', () => {
    const memory = ScanMemory.create();
    assert(memory !== null);
    const unskippable = loadCatalogue().patterns.filter((compiled) => SkipScan.create([compiled], memory) === null);
    expect(unskippable.map(({ pattern }) => pattern.id)).toEqual([]);
  });

  it('sees what the full YAML reader and the schema see', () => {
    expect(readBuiltInPatterns().map(({ pattern }) => pattern)).toEqual(
      loadCatalogue().patterns.map(({ pattern }) => pattern),
    );
  });
});

describe('loadCatalogue', () => {
  it("puts a folder of somebody's own before the built-in patterns", () => {
    expect(problemsOf({ 'mine.yml': GOOD })).toBe('');
    const { patterns } = loadCatalogue([folder, BUILT_IN_PATTERNS]);
    expect(patterns[0]?.pattern.id).toBe('mine');
    expect(patterns[0]?.names).toEqual(['what']);
  });

  it('names file, key and reason of every problem at once', () => {
    const message = problemsOf({
      'mine.yml': GOOD.replace('our (?<what>', 'our (?=x)(?<what>'),
      'other.yml': GOOD.replace('refs:', 'reefs:'),
      'third.yml': GOOD.replace('id: mine', 'id: reload'),
      'torn.yml': 'id: [a\nmatch: b',
    });
    expect(message).toContain('mine.yml:3: match: lookahead');
    expect(message).toContain('at character 5');
    expect(message).toMatch(/other\.yml:6: reefs: .*reefs/);
    expect(message).toContain('third.yml:1: id: differs from the file name');
    expect(message).toMatch(/id: already used by .*reload\.yml/);
    expect(message).toMatch(/torn\.yml:\d+: /);
  });

  it('names the place in `not` as well', () => {
    const message = problemsOf({ 'mine.yml': `${GOOD}not: ['fine', 'a{2,1}']\n` });
    expect(message).toContain('mine.yml:7: not.1: repetition whose end is below its start (at character 2 of a{2,1})');
  });

  it.each(['our '.repeat(1100), '(?:our cache has broken){256}', '(?:(?:ab){200}){200}'])(
    'refuses what would take too many steps',
    (expression) => {
      const message = problemsOf({ 'mine.yml': GOOD.replace('our (?<what>\\w+) broke', expression) });
      expect(message).toContain('mine.yml:3: match: unrolls to more than 4096 steps');
    },
  );

  it('reports that a folder cannot be read', () => {
    expect(() => loadCatalogue([join(folder, 'absent')])).toThrow(/pattern folder .*absent cannot be read/);
  });
});

describe('checkCatalogue', () => {
  it('finds hits that do not match, misses that do, and lines that two patterns claim', () => {
    const broken = GOOD.replace('our cache broke', 'our own cache broke').replace('their cache', 'our cache');
    expect(problemsOf({ 'mine.yml': broken, 'twin.yml': GOOD.replace('id: mine', 'id: twin') })).toBe('');
    const problems = checkCatalogue(loadCatalogue([folder]));
    expect(problems).toEqual([
      expect.stringContaining('mine: hits.0 does not match'),
      expect.stringContaining('mine: misses.0 matches'),
      expect.stringContaining('twin: hits.0 is claimed by mine too'),
    ]);
  });

  it('finds nothing to complain about in the built-in patterns', () => {
    expect(checkCatalogue(loadCatalogue())).toEqual([]);
  });
});
