/** Comparing nginx versions: defaults changed over time (CHANGES, and the merge functions of each module). */

/** True when `version` (`1.22.1`, `openresty/1.25.3.2`) is `since` or newer; an unknown version counts as old. */
export function isSince(version: string | null, since: string): boolean {
  const numbers = (text: string): readonly number[] => (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const own = numbers(version ?? '0');
  const wanted = numbers(since);
  for (let i = 0; i < 3; i += 1) {
    const difference = (own[i] ?? 0) - (wanted[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
