/** Faults on demand: which of the next calls of a method fail, and how. */

type FaultKind =
  | 'rate-limited' // 429 with Retry-After; the call has no effect
  | 'http-error' // an HTTP status (default 500); the call has no effect
  | 'stored-then-error' // the call takes effect, then HTTP 500
  | 'stored-then-lost' // the call takes effect, then the connection is cut without an answer
  | 'hang'; // no effect and no answer until the local Slack closes

export interface Fault {
  /** Web API method, `*` for any of them, or `response_url` (which only knows http-error). */
  readonly method: string;
  readonly kind: FaultKind;
  /** How many calls, default 1. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  readonly status?: number;
  /** Answers `{ ok: false, error }` instead, and ignores kind. */
  readonly error?: string;
}

export interface Faults {
  add(fault: Fault): void;
  /** Takes one use of the first matching fault. */
  take(method: string): Fault | undefined;
  clear(): void;
}

export function createFaults(initial: readonly Fault[] = []): Faults {
  let waiting: { readonly fault: Fault; left: number }[] = [];
  const faults: Faults = {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(method) {
      const entry = waiting.find(({ fault }) => fault.method === method || fault.method === '*');
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left === 0) waiting = waiting.filter((other) => other !== entry);
      return entry.fault;
    },
    clear() {
      waiting = [];
    },
  };
  for (const fault of initial) faults.add(fault);
  return faults;
}
