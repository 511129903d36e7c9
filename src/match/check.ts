/** Proves a catalogue by its own examples, as `gapwatch match --check` and the tests do. */
import type { Catalogue, CompiledPattern } from './compile-catalogue.ts';
import { createMatcher, type Matcher } from './matcher.ts';

const encoder = new TextEncoder();

function matches(matcher: Matcher, line: string): boolean {
  let hit = false;
  matcher.scan(encoder.encode(line), () => {
    hit = true;
  });
  return hit;
}

/** One sentence for each example that does not hold; empty when all do. Two patterns that claim one hit are a problem. */
export function checkCatalogue(catalogue: Catalogue): readonly string[] {
  const alone = catalogue.patterns.map((compiled) => ({
    id: compiled.pattern.id,
    matcher: createMatcher({ ...catalogue, patterns: [compiled] }),
  }));
  const problemsOf = ({ pattern }: CompiledPattern): string[] => {
    const claims = (line: string) => alone.filter(({ matcher }) => matches(matcher, line)).map(({ id }) => id);
    const hits = pattern.hits.flatMap((line, i) => {
      const claimed = claims(line);
      if (!claimed.includes(pattern.id)) return [`${pattern.id}: hits.${i} does not match: ${line}`];
      const others = claimed.filter((id) => id !== pattern.id);
      return others.length === 0 ? [] : [`${pattern.id}: hits.${i} is claimed by ${others.join(', ')} too: ${line}`];
    });
    const misses = pattern.misses.flatMap((line, i) =>
      claims(line).includes(pattern.id) ? [`${pattern.id}: misses.${i} matches: ${line}`] : [],
    );
    return [...hits, ...misses];
  };
  return catalogue.patterns.flatMap(problemsOf);
}
