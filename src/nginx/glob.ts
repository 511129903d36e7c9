/**
 * glob(3) as `include` uses it: `*`, `?` and `[…]` inside one path segment; a leading dot must be explicit. The cost is
 * at most the length of the pattern times the length of the name.
 */

/** PATH_MAX: no path that is longer can be opened. */
const LONGEST = 4096;

export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

/** Tests one character; null means `*`. */
type Part = ((char: string) => boolean) | null;

const ESCAPED_OR_SET = /\\(.)|\[([!^]?)(\]?[^\]]*)\]/sy;

function inSet(set: string, negated: boolean): (char: string) => boolean {
  const single = new Set<string>();
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let at = 0; at < set.length; at += 1) {
    const [from = '', dash, to] = set.slice(at, at + 3);
    if (dash === '-' && to !== undefined) {
      ranges.push([from, to]);
      at += 2;
    } else single.add(from);
  }
  return (char) => negated !== (single.has(char) || ranges.some(([from, to]) => char >= from && char <= to));
}

function partsOf(segment: string): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < segment.length; at += 1) {
    const char = segment[at] ?? '';
    ESCAPED_OR_SET.lastIndex = at;
    const found = char === '\\' || char === '[' ? ESCAPED_OR_SET.exec(segment) : null;
    if (found === null) {
      if (char !== '*') parts.push(char === '?' ? () => true : (other) => other === char);
      else if (parts.at(-1) !== null) parts.push(null);
      continue;
    }
    const [whole, escaped, not, set = ''] = found;
    parts.push(escaped === undefined ? inSet(set, not !== '') : (other) => other === escaped);
    at += whole.length - 1;
  }
  return parts;
}

/** Only the last `*` is ever tried again: what an earlier one could take, the last one can take as well. */
function matches(parts: readonly Part[], name: string): boolean {
  let part = 0;
  let star = -1;
  let from = 0;
  for (let at = 0; at < name.length; ) {
    const test = parts[part];
    if (test === null) {
      star = part;
      from = at;
      part += 1;
    } else if (test?.(name[at] ?? '') === true) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      from += 1;
      at = from;
      part = star + 1;
    } else return false;
  }
  while (parts[part] === null) part += 1;
  return part === parts.length;
}

function segmentTest(segment: string): (name: string) => boolean {
  if (!/[*?[\\]/.test(segment)) return (name) => name === segment;
  const parts = partsOf(segment);
  const dotted = !isGlob(segment.slice(0, 1));
  return (name) => (dotted || !name.startsWith('.')) && matches(parts, name);
}

/** A test for whole paths, or for names when the pattern has no slash: no wildcard ever matches a slash. */
export function globTest(pattern: string): (path: string) => boolean {
  if (pattern.length > LONGEST) return () => false;
  const tests = pattern.split('/').map(segmentTest);
  return (path) => {
    const segments = path.length > LONGEST ? [] : path.split('/');
    return segments.length === tests.length && tests.every((fits, index) => fits(segments[index] ?? ''));
  };
}
