/** Converts Node's errors to the reasons of core/sample.ts, so that a failed probe gives its reason. */
import type { ProbeFailure } from '../core/sample.ts';

/** True when the error says that there is no such file or process (any more). */
export const isGone = (error: unknown): boolean => failureOf(error).reason === 'absent';

export interface Failure {
  readonly reason: ProbeFailure;
  readonly detail: string;
}

const REASONS: Readonly<Record<string, ProbeFailure>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  ENOENT: 'absent',
  ESRCH: 'absent',
  ENOTDIR: 'absent',
  ENOTFOUND: 'absent',
  EAI_AGAIN: 'absent',
  EHOSTUNREACH: 'absent',
  ENETUNREACH: 'absent',
  EADDRNOTAVAIL: 'absent',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'connect-timeout',
  // On a unix socket a full accept queue is said at once (unix(7)), on TCP by silence.
  EAGAIN: 'connect-timeout',
  ABORT_ERR: 'timeout',
};

/** Anything that was thrown, as a reason and one line of detail. Only what says so itself counts as absent. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return { reason: 'timeout', detail: 'the probe took too long' };
  }
  return { reason: REASONS[code] ?? 'failed', detail };
}
