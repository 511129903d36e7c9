/** Clients that arrive at a fixed rate whatever nginx does, one request each. */
import { httpRequest, type RequestPlan, type RequestResult } from './http-request.ts';

export interface OpenLoopPlan extends RequestPlan {
  readonly perSecond: number;
  /** Most requests unfinished at once; arrivals beyond are skipped. */
  readonly atMost: number;
  readonly onResult?: (result: RequestResult) => void;
}

/** Starts requests until `signal` aborts. Late timer ticks are caught up, so the rate holds on a busy machine. */
export function openLoop(plan: OpenLoopPlan, signal: AbortSignal): void {
  const startedAt = performance.now();
  let due = 0;
  let unfinished = 0;
  const timer = setInterval(
    () => {
      const target = Math.floor(((performance.now() - startedAt) / 1000) * plan.perSecond) + 1;
      for (; due < target; due += 1) {
        if (unfinished >= plan.atMost) continue;
        unfinished += 1;
        void httpRequest(plan, signal).then((result) => {
          unfinished -= 1;
          plan.onResult?.(result);
        });
      }
    },
    Math.max(5, Math.min(100, 1000 / plan.perSecond)),
  );
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
