/** What the patterns mean: the built-in ones and those of the user's folders. An invalid folder leaves the built-in ones. */
import type { Meanings } from '../core/meaning.ts';
import { BUILT_IN_PATTERNS, readBuiltInPatterns } from '../match/built-in-patterns.ts';
import { loadCatalogue } from '../match/catalogue.ts';
import { meaningsOf } from '../match/pattern.ts';

export function loadMeanings(folders: readonly string[]): Meanings {
  if (folders.length > 0) {
    try {
      return meaningsOf(loadCatalogue([...folders, BUILT_IN_PATTERNS]).patterns);
    } catch {
      // The service warns about the folder when it starts and at each change.
    }
  }
  return meaningsOf(readBuiltInPatterns());
}
