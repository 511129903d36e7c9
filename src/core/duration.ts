/** Durations as people type them, on the command line and in Slack. */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `500ms`, `90s`, `1.5h`, `1h30m`; null for anything else. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|[smhdw])){1,4}$/i.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ms|[smhdw])/gi))
    total += Number(count) * (UNITS[unit?.toLowerCase() ?? ''] ?? 0);
  return total;
}
