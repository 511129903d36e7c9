/** Patterns for names of hosts, as people type them. Paths have the glob of nginx: `nginx/glob.ts`. */

/**
 * `*` matches any run, `?` one character, without regard to case. Not a regular expression, because people type these
 * patterns.
 */
export function fitsGlob(glob: string, name: string): boolean {
  const [pattern, text] = [glob.toLowerCase(), name.toLowerCase()];
  let [at, seen, star, retry] = [0, 0, -1, 0];
  while (seen < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = seen;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[seen])) {
      at++;
      seen++;
    } else if (star >= 0) {
      at = star + 1;
      seen = ++retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
