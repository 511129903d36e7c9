/** The ordinary client of the lab. Its results show when clients began to be lost. */
import type { Outcome, RequestResult } from './http-request.ts';
import { openLoop } from './open-loop.ts';
import type { CanaryPlan } from './scenario.ts';

const LOST: ReadonlySet<Outcome> = new Set(['http-5xx', 'reset', 'refused', 'connect-timeout', 'no-answer']);

/** Whether the client got no response that it can use. A 4xx is a response. */
export function isLost(outcome: Outcome): boolean {
  return LOST.has(outcome);
}

export class Canary {
  /** Finished requests in the order of their ends. */
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

  /**
   * When the first client was lost (the time at which it failed), at or after `from`; null without one. ms since the
   * epoch.
   */
  firstLossAt(from: number): number | null {
    const losses = this.results.filter((result) => isLost(result.outcome) && result.endedAt >= from);
    return losses.length === 0 ? null : Math.min(...losses.map((result) => result.endedAt));
  }

  /** Number of requests that ended at or after `from`, by outcome. */
  tally(from: number): Readonly<Partial<Record<Outcome, number>>> {
    const counts: Partial<Record<Outcome, number>> = {};
    for (const result of this.results) {
      if (result.endedAt >= from) counts[result.outcome] = (counts[result.outcome] ?? 0) + 1;
    }
    return counts;
  }
}
