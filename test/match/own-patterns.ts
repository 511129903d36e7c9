/** Patterns made for a test. */
import { type Catalogue, compileCatalogue } from '../../src/match/compile-catalogue.ts';
import type { Pattern } from '../../src/match/pattern.ts';

export function pattern(id: string, match: string, rest: Partial<Pattern> = {}): Pattern {
  return {
    id,
    means: 'a test',
    group: [],
    from: 'nginx',
    bare: true,
    match,
    not: [],
    hits: [],
    misses: [],
    refs: [],
    ...rest,
  };
}

export const catalogueOf = (...own: readonly Pattern[]): Catalogue =>
  compileCatalogue(own.map((one) => ({ file: `${one.id}.yml`, pattern: one })));
