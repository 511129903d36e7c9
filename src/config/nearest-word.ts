/** The known word nearest to a mistyped one, for "did you mean". */
import { distance } from 'fastest-levenshtein';

/** Null when nothing is near enough to be meant: more than a third of the word, and more than two letters, off. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const asked = word.slice(0, 64).toLowerCase();
  const limit = Math.max(2, Math.ceil(asked.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, apart: distance(asked, candidate.toLowerCase()) }))
    .sort((a, b) => a.apart - b.apart);
  return ranked[0] !== undefined && ranked[0].apart <= limit ? ranked[0].candidate : null;
}
