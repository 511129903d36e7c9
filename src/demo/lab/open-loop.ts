/** Clients that arrive at a fixed rate, independent of nginx, with one request each. */
import { httpRequest, type RequestPlan, type RequestResult } from './http-request.ts';
import { sourceAddress } from './source-address.ts';

export interface OpenLoopPlan extends Omit<RequestPlan, 'from'> {
  readonly perSecond: number;
  /** Limit of unfinished requests; arrivals above it are skipped. */
  readonly atMost: number;
  /** Requests come from this many addresses of 127.0.0.0/8 in turn. Default: one, 127.0.0.1. */
  readonly sources?: number;
  /** The n-th path, when paths must differ. Default: always `path`. */
  readonly pathOf?: (n: number) => string;
  readonly onResult?: (result: RequestResult) => void;
}

/** Starts requests until `signal` aborts. Makes up for late timer ticks, so the rate holds on a busy machine. */
export function openLoop(plan: OpenLoopPlan, signal: AbortSignal): void {
  if (signal.aborted) return;
  const startedAt = performance.now();
  let due = 0;
  let unfinished = 0;
  const timer = setInterval(
    () => {
      const target = Math.floor(((performance.now() - startedAt) / 1000) * plan.perSecond) + 1;
      for (; due < target; due += 1) {
        if (unfinished >= plan.atMost) continue;
        unfinished += 1;
        void httpRequest(nth(plan, due), signal).then((result) => {
          unfinished -= 1;
          plan.onResult?.(result);
        });
      }
    },
    Math.max(5, Math.min(100, 1000 / plan.perSecond)),
  );
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function nth(plan: OpenLoopPlan, n: number): RequestPlan {
  const path = plan.pathOf?.(n) ?? plan.path;
  return plan.sources === undefined ? { ...plan, path } : { ...plan, path, from: sourceAddress(n % plan.sources) };
}
