/** What the status page means that does not answer. */
import type { Attempt, StubStatusData } from '../core/samples/stub-status.ts';

/** src/nginx/README.md §5: what the way a fresh connection fails means. */
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
      return 'the page does not let this host in';
    default:
      return fresh.detail;
  }
}

function silenceMeaning(armed: Attempt | null): string {
  if (armed?.ok === true) return 'no new connection is accepted while an old one still answers: descriptors are gone';
  return 'connected, then silence: the workers are stopped or blocked, or out of descriptors';
}
