/** Explains why the status page does not answer. */
import type { Attempt, StubStatusData } from '../core/samples/stub-status.ts';

/** The meaning of each way in which a new connection fails (src/nginx/README.md §5). */
export function failureMeaning(data: StubStatusData): string | null {
  const { fresh, armed } = data;
  if (fresh.ok) return null;
  switch (fresh.reason) {
    case 'refused':
      return 'nothing listens there: nginx is down or restarting';
    case 'reset':
      return 'the worker that took the connection had no free slot, or reuse closed it';
    case 'connect-timeout':
      return "that listener's accept queue is full";
    case 'read-timeout':
      return silenceMeaning(armed);
    case 'denied':
      return 'the page denies access to this host';
    default:
      return fresh.detail;
  }
}

function silenceMeaning(armed: Attempt | null): string {
  if (armed?.ok === true) return 'no new connection is accepted while an old one still answers: no descriptor is left';
  return 'connected without an answer: the workers are stopped or blocked, or out of descriptors';
}
