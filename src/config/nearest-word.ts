/** Finds the known word nearest to a mistyped one, for "did you mean" in config errors, the command line and Slack. */
import { distance } from 'fastest-levenshtein';

/** A shorter prefix matches too many words. */
const LEAST_BEGINNING = 3;

/** Null unless `word` is a prefix of a known word, or differs in at most a third of the letters. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const asked = word.slice(0, 64).toLowerCase();
  if (asked === '') return null;
  const begun = known.find((candidate) => candidate.toLowerCase().startsWith(asked));
  if (begun !== undefined && asked.length >= LEAST_BEGINNING) return begun;
  const ranked = known
    .map((candidate) => ({ candidate, apart: distance(asked, candidate.slice(0, 64).toLowerCase()) }))
    .sort((a, b) => a.apart - b.apart)[0];
  if (ranked === undefined) return null;
  return ranked.apart <= Math.ceil(ranked.candidate.length / 3) ? ranked.candidate : null;
}
