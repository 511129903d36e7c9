/** Loads the meanings of all patterns: the built-in ones and the user's. Ignores an invalid user folder. */
import type { Meanings } from '../core/meaning.ts';
import { BUILT_IN_PATTERNS, readBuiltInPatterns } from '../match/built-in-patterns.ts';
import { loadCatalogue } from '../match/catalogue.ts';
import { meaningsOf } from '../match/pattern.ts';

export function loadMeanings(folders: readonly string[]): Meanings {
  if (folders.length > 0) {
    try {
      return meaningsOf(loadCatalogue([...folders, BUILT_IN_PATTERNS]).patterns);
    } catch {
      // The service warns about the folder at its start and at each change.
    }
  }
  return meaningsOf(readBuiltInPatterns());
}
