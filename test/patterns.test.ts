/** Every file of the catalogue holds what it claims: its hits, its near-misses, and that no two patterns claim one line. */
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../src/match/catalogue.ts';
import { createMatcher } from '../src/match/matcher.ts';

const catalogue = loadCatalogue();
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
