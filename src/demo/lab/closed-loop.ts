/** A fixed number of clients. Each sends its next request over a new connection when the last one has ended. */
import { httpRequest, type RequestPlan } from './http-request.ts';

export interface ClosedLoopPlan extends RequestPlan {
  readonly clients: number;
  /** Pause of each client between two requests. */
  readonly pauseMs: number;
}

/** Runs until `signal` aborts. */
export function closedLoop(plan: ClosedLoopPlan, signal: AbortSignal): void {
  for (let client = 0; client < plan.clients; client += 1) next(plan, signal);
}

function next(plan: ClosedLoopPlan, signal: AbortSignal): void {
  if (signal.aborted) return;
  void httpRequest(plan, signal).then(() => setTimeout(next, plan.pauseMs, plan, signal));
}
