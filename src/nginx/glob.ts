/** glob(3) as `include` uses it: `*`, `?` and `[…]` inside one path segment; a leading dot must be written out. */

export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

const PART = /\\(.)|\[([!^]?)(\]?[^\]]*)\]|[*?]|[.+^${}()|\\[\]]/gs;

function segmentSource(segment: string): string {
  const source = segment.replace(PART, (part, escaped?: string, not?: string, set?: string) => {
    if (escaped !== undefined) return escaped.replace(/\W/, '\\$&');
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]]/g, '\\$&')}]`;
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : `\\${part}`;
  });
  return isGlob(segment.slice(0, 1)) ? `(?!\\.)${source}` : source;
}

/** A test for whole paths: no wildcard ever matches a slash. */
export function globToRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('/').map(segmentSource).join('/')}$`);
}
