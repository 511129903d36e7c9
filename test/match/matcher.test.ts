import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { createMatcher, type Matcher } from '../../src/match/matcher.ts';
import type { Pattern } from '../../src/match/pattern.ts';
import { catalogueOf, pattern } from './own-patterns.ts';

const builtIn = loadCatalogue();
const shared = createMatcher(builtIn);
const matcherOf = (...own: readonly Pattern[]): Matcher => createMatcher(catalogueOf(...own));
const HEAD = /^.*?\[[a-z]+\] (?:\d+#\d+: )?(?:\*\d+ )?/;

describe('captures', () => {
  it('agree with a RegExp on every hit of the catalogue', () => {
    for (const [index, { pattern: own }] of builtIn.patterns.entries()) {
      for (const hit of own.hits) {
        const expected = new RegExp(own.match, 's').exec(hit.replace(HEAD, ''))?.groups ?? {};
        const known = Object.entries(expected).filter(([, value]) => value !== undefined);
        expect(shared.captures(index, Buffer.from(hit)), hit).toEqual(Object.fromEntries(known));
      }
    }
  });

  it('prefer the leftmost branch and the greedy or lazy length, like a RegExp', () => {
    const samples = ['aab', 'aaaa', 'ab', 'b', 'abab', 'aabb'];
    for (const expression of [
      '(?<x>a+?)(?<y>a*b?)',
      '(?<x>a|ab)(?<y>b?)',
      '(?<x>a*)(?<y>(?:ab)*)',
      '(?<x>a{1,2}?)(?<y>.*)',
      '(?<x>(?:a|b)*?)(?<y>b)$',
    ]) {
      const matcher = matcherOf(pattern('a', expression));
      for (const sample of samples) {
        const expected = new RegExp(`^(?:${expression})`).exec(sample)?.groups;
        if (expected === undefined) continue;
        expect(matcher.captures(0, Buffer.from(sample)), `${expression} on ${sample}`).toEqual({ ...expected });
      }
    }
  });

  it('are those of this line, however much it begins like the one before', () => {
    const samples = ['n12', 'n123', 'n1', 'n12', 'n12 of b', 'n12 of bc', 'n12 of b', 'n', 'n7'];
    for (const expression of ['n(?<count>\\d+)', 'n(?<count>\\d+)$', 'n(?<count>\\d+)(?: of (?<zone>.*))?']) {
      const matcher = matcherOf(pattern('a', expression));
      for (const sample of samples) {
        const expected = new RegExp(`^(?:${expression})`).exec(sample)?.groups ?? {};
        const known = Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined));
        expect(matcher.captures(0, Buffer.from(sample)), `${expression} on ${sample}`).toEqual(known);
      }
    }
  });
});
