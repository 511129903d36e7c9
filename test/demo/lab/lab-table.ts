/** Formats the table of `npm run lab`. */
import type { Score } from './score.ts';

export interface LabRow {
  readonly id: string;
  /** Null for a quiet scenario. */
  readonly expected: string | null;
  /** Why it could not run here; the other fields are then absent. */
  readonly skipped?: readonly string[];
  /** Why the run failed; the other fields are then absent. */
  readonly broken?: string;
  /** What the run failed to produce. */
  readonly complaints?: readonly string[];
  /** Seconds from the fault to the first lost ordinary client; null without a loss. */
  readonly lossAfterSeconds?: number | null;
  /** Null when the service did not watch. */
  readonly score?: Score | null;
}

const WIDTHS = [30, 24, 12, 9, 10] as const;

function columns(cells: readonly string[]): string {
  return cells.map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0)).join(' ');
}

export const TABLE_HEAD = columns(['scenario', 'expected', 'verdict', 'loss at', 'opened', 'named / notes']);

function seconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : `${value >= 0 ? '+' : ''}${value.toFixed(1)} s`;
}

/** One line; `opened` is relative to the first lost client. */
export function renderRow(row: LabRow): string {
  const expected = row.expected ?? '(quiet)';
  if (row.skipped !== undefined) return columns([row.id, expected, 'not run', '', '', row.skipped.join('; ')]);
  if (row.broken !== undefined) return columns([row.id, expected, 'BROKEN', '', '', row.broken]);
  const complaints = row.complaints ?? [];
  const verdict = complaints.length > 0 ? 'NO FAULT' : (row.score?.verdict ?? 'produced');
  const notes = [...(row.score?.named ?? []), ...complaints].join('; ');
  return columns([row.id, expected, verdict, seconds(row.lossAfterSeconds), seconds(row.score?.secondsToOpen), notes]);
}

/** Share of right ones, false alarms, and the median time from first loss to incident. */
export function renderTotals(rows: readonly LabRow[]): string {
  const run = rows.filter((row) => row.skipped === undefined);
  const scored = run.flatMap((row) => (row.score === null || row.score === undefined ? [] : [row.score]));
  const times = scored.flatMap((one) => (one.secondsToOpen === null ? [] : [one.secondsToOpen])).sort((a, b) => a - b);
  const broken = run.filter((row) => row.broken !== undefined).length;
  const parts = [
    `${run.length} run, ${rows.length - run.length} not run here`,
    `${run.filter((row) => (row.complaints ?? []).length > 0).length} did not produce their fault`,
  ];
  if (broken > 0) parts.push(`${broken} broke off`);
  if (scored.length > 0) {
    parts.push(`${scored.filter((one) => one.ok).length} of ${scored.length} right`);
    parts.push(`${scored.filter((one) => one.verdict === 'wrong cause').length} named wrong`);
    parts.push(`${scored.filter((one) => one.verdict === 'false alarm').length} false alarms in the quiet set`);
    parts.push(`median ${seconds(times[Math.floor(times.length / 2)])} from first loss to incident`);
  }
  return parts.join(' · ');
}
