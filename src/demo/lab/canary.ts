/** The ordinary client whose outcomes are the lab's truth about when clients began to be lost. */
import type { Outcome, RequestResult } from './http-request.ts';
import { openLoop } from './open-loop.ts';
import type { CanaryPlan } from './scenario.ts';

const LOST: ReadonlySet<Outcome> = new Set(['http-5xx', 'reset', 'refused', 'connect-timeout', 'no-answer']);

/** Whether that client got nothing it came for. A 4xx is an answer. */
export function isLost(outcome: Outcome): boolean {
  return LOST.has(outcome);
}

export class Canary {
  /** Finished requests in the order they ended. */
  readonly results: RequestResult[] = [];

  start(plan: CanaryPlan, port: number, signal: AbortSignal): void {
    openLoop(
      {
        port,
        path: plan.path ?? '/',
        headers: plan.headers ?? [],
        patienceMs: plan.patienceMs ?? 3000,
        perSecond: plan.perSecond ?? 5,
        atMost: 2000,
        onResult: (result) => this.results.push(result),
      },
      signal,
    );
  }

  /** When the first client was lost (the moment it knew), at or after `from`; null when none was. ms since the epoch. */
  firstLossAt(from: number): number | null {
    const losses = this.results.filter((result) => isLost(result.outcome) && result.endedAt >= from);
    return losses.length === 0 ? null : Math.min(...losses.map((result) => result.endedAt));
  }

  /** Outcome → requests that ended at or after `from`. */
  tally(from: number): Readonly<Partial<Record<Outcome, number>>> {
    const counts: Partial<Record<Outcome, number>> = {};
    for (const result of this.results) {
      if (result.endedAt >= from) counts[result.outcome] = (counts[result.outcome] ?? 0) + 1;
    }
    return counts;
  }
}
