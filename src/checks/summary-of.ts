/** All results in one sentence and one status. */
import type { CheckResult, CheckStatus } from '../core/report.ts';
import { worst, worstFirst } from './answer.ts';

export interface CheckSummary {
  readonly status: CheckStatus;
  /** e.g. `1 critical (slots), 2 unknown (sockets, ports), 12 ok. The fullest of …`. */
  readonly text: string;
  readonly asOf: string | null;
  readonly ageMs: number | null;
  /** Worst first. */
  readonly results: readonly CheckResult[];
}

export function summaryOf(results: readonly CheckResult[]): CheckSummary {
  const sorted = worstFirst(results);
  const [first] = sorted;
  const status = worst(...results.map((result) => result.status));
  const ages = results.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  const oldest = results.find(({ ageMs }) => ageMs === Math.max(...ages));
  const counts = (['critical', 'warning', 'unknown'] as const).flatMap((wanted) => {
    const found = sorted.filter((result) => result.status === wanted).map((result) => result.check);
    return found.length === 0 ? [] : [`${found.length} ${wanted} (${found.join(', ')})`];
  });
  const fine = results.filter((result) => result.status === 'ok').length;
  const detail = first === undefined || first.status === 'ok' ? '' : ` ${first.text}`;
  return {
    status,
    text: `${[...counts, `${fine} ok`].join(', ')}.${detail}`,
    asOf: oldest?.asOf ?? null,
    ageMs: oldest?.ageMs ?? null,
    results: sorted,
  };
}
