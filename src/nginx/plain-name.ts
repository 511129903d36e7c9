/**
 * Distinguishes names of servers, groups, paths and files from tokens in their place. A token is replaced by a number, the
 * same number at each occurrence, so that related text stays related.
 */

const RUN = /[\w%+=~-]+/g;
const PART = /[^\W_]+/g;
const VOWEL = /[aeiouy]/i;
/** Words, numbers of a few digits, and words with a number: `app`, `MyApp`, `8080`, `web01`, `10m`, `h2c`. */
const PLAIN_PART =
  /^(?:[a-z]+|[A-Z]+|[A-Za-z][a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]?[a-z]+\d{1,4}|[A-Z]+\d{1,4}|\d{1,5}|\d{1,4}[a-z]{1,3}|[a-z]{1,3}\d{1,2}[a-z]{1,3})$/;
const MAX_PART = 24;
const MAX_RUN = 64;
const ADDRESS =
  /^\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:\d{1,3}(?:\.\d{1,3}){3})?)\]?(?:[:/]\d{1,5})?$/i;

const isPlainPart = (part: string): boolean =>
  part.length <= MAX_PART && PLAIN_PART.test(part) && (part.length <= 6 || /^\d/.test(part) || VOWEL.test(part));

export function isPlainName(run: string): boolean {
  if (run.length > MAX_RUN || run.includes('%')) return false;
  return (run.match(PART) ?? []).every(isPlainPart);
}

export const isAddress = (text: string): boolean => ADDRESS.test(text);

export interface Names {
  /** The text with every run that is no plain name replaced. */
  masked(text: string): string;
  /** The same for runs that were replaced before; nothing else is looked at. */
  again(text: string): string;
}

/** Without numbers: the text with every run that is neither a plain name nor a number left out. */
export function withoutTokens(text: string): string {
  const words = text.split(/(\s+)/);
  return words.map((word) => (isAddress(word) ? word : word.replace(RUN, withoutToken))).join('');
}

const withoutToken = (run: string): string => (/^\d{1,15}$/.test(run) || isPlainName(run) ? run : '…');

/** Keeps every text as it is. */
export const ALL_NAMES: Names = { masked: (text) => text, again: (text) => text };

export function createNames(): Names {
  const known = new Map<string, string>();
  const standIn = (run: string): string => {
    const found = known.get(run) ?? `hidden-${known.size + 1}`;
    known.set(run, found);
    return found;
  };
  return {
    masked(text) {
      if (isAddress(text)) return text;
      return text.replace(RUN, (run) => (isPlainName(run) ? run : standIn(run)));
    },
    again: (text) => (known.size === 0 ? text : text.replace(RUN, (run) => known.get(run) ?? run)),
  };
}
