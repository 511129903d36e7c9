/** The known word that a mistyped one most likely means. */

/** Edits between two words: insert, delete, replace, swap neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Null when nothing is near: more than a third of the letters wrong, and no word that begins so. */
export function nearest(word: string, known: readonly string[]): string | null {
  const asked = word.toLowerCase().slice(0, 64);
  if (asked.length === 0) return null;
  const begins = asked.length >= 3 ? known.find((candidate) => candidate.toLowerCase().startsWith(asked)) : undefined;
  if (begins !== undefined) return begins;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(asked, candidate.toLowerCase().slice(0, 64)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (ranked === undefined) return null;
  return ranked.distance <= Math.max(1, Math.ceil(ranked.candidate.length / 3)) ? ranked.candidate : null;
}
