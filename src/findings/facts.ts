/** What stays in the loose figures of a bundle once the rest was turned into samples. */

/** Number of workers someone noted; null when nobody did. */
export function notedWorkers(facts: Readonly<Record<string, unknown>>): number | null {
  const { workers } = facts;
  return typeof workers === 'number' && Number.isInteger(workers) && workers > 0 ? workers : null;
}
