/** Groups lists by key in one pass: a configuration can have thousands of sites, and a log as many keys as lines. */

/** The first item of each key, in input order. */
export function distinctBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...groupBy(items, keyOf).values()].flatMap((same) => same.slice(0, 1));
}

/** All items of each key. Keys and items keep their input order. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
