/** Every file of the catalogue holds what it claims: its hits, its near-misses, and that no two patterns claim one line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../src/match/catalogue.ts';
import { createMatcher } from '../src/match/matcher.ts';
import { meaningOf, meaningsOf } from '../src/match/pattern.ts';
import { pattern } from './match/own-patterns.ts';

const catalogue = loadCatalogue();

function sourceOf(folder: string): string[] {
  const path = join(import.meta.dirname, '../src', folder);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(path, file), 'utf8'));
}

const encoder = new TextEncoder();
/** Each pattern alone, so that preference between patterns hides nothing. */
const alone = catalogue.patterns.map((compiled) => {
  const index = catalogue.patterns.indexOf(compiled);
  const matcher = createMatcher({ ...catalogue, patterns: [compiled] });
  return { id: compiled.pattern.id, index, matcher };
});

function matching(line: string): string[] {
  return alone
    .filter(({ matcher }) => {
      let hit = false;
      matcher.scan(encoder.encode(`${line}\n`), () => {
        hit = true;
      });
      return hit;
    })
    .map(({ id }) => id);
}

describe('what the patterns mean', () => {
  it('is said by each of them', () => {
    expect(
      catalogue.patterns.filter(({ pattern }) => pattern.role === undefined).map(({ pattern }) => pattern.id),
    ).toEqual([]);
  });

  it('covers each group that the code reads', () => {
    const groups = new Set([...meaningsOf(catalogue.patterns).values()].flatMap((meaning) => meaning.groups));
    const call = /\b(?:lines|readLines|upstreamStory|activeByPattern|told)\(([^()]*)/g;
    const words = ['findings', 'diagnose', 'checks'].flatMap((folder) =>
      sourceOf(folder).flatMap((text) =>
        [...text.matchAll(call)].flatMap(([, given]) => given?.match(/'[^']+'/g) ?? []),
      ),
    );
    expect(words.length).toBeGreaterThan(50);
    expect(words.map((word) => word.slice(1, -1)).filter((word) => !groups.has(word))).toEqual([]);
  });

  it('is trouble for a pattern of a user that does not say so, unless it is milder than an error', () => {
    expect(meaningOf(pattern('own', 'x')).role).toBe('trouble');
    expect(meaningOf(pattern('own', 'x', { levels: ['warn', 'error'] })).role).toBe('trouble');
    expect(meaningOf(pattern('own', 'x', { levels: ['notice', 'warn'] })).role).toBe('everyday');
    expect(meaningOf(pattern('own', 'x', { role: 'loss', group: ['upstream-refused'] }))).toEqual({
      role: 'loss',
      groups: ['own', 'upstream-refused'],
    });
  });
});

describe.each(catalogue.patterns.map(({ pattern }) => [pattern.id, pattern] as const))('%s', (id, pattern) => {
  it.each(pattern.hits)('matches, and alone: %s', (line) => {
    expect(matching(line)).toEqual([id]);
  });

  it.each(pattern.misses)('does not match: %s', (line) => {
    expect(matching(line)).not.toContain(id);
  });

  it.each(pattern.hits)('does not match when a client writes it: %s', (line) => {
    const forged = `2026/01/01 00:00:00 [error] 7#7: *1 open() "/html/${line}" failed (2: No such file or directory), client: 192.0.2.1, server: _, request: "GET /${line} HTTP/1.1", host: "${line}", referrer: "${line}"`;
    expect(matching(forged)).toEqual([]);
    expect(
      matching(`192.0.2.1 - ${line} [01/Jan/2026:00:00:00 +0000] "GET /${line} HTTP/1.1" 200 1 "${line}" "${line}"`),
    ).toEqual([]);
  });
});
