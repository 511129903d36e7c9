/**
 * Computes phantom connections: stub_status counts them, but they have no socket. nginx never subtracts the connections of
 * a killed worker (nginx/nginx#131). Page and sockets are read one after the other, so only several samples are proof.
 */
import type { Evidence } from '../core/evidence.ts';
import type { ProbeId, SampleOf } from '../core/sample.ts';

/** Sockets and counters this close together speak of the same moment. */
const SAME_MOMENT_MS = 2_500;
/** Connections that come and go meanwhile. */
const NOISE = 10;
const NOISE_RATIO = 0.2;

function lookAt<P extends ProbeId>(samples: readonly SampleOf<P>[] | undefined, at: number) {
  return samples?.findLast(
    (sample): sample is Extract<SampleOf<P>, { ok: true }> => sample.ok && Math.abs(sample.at - at) <= SAME_MOMENT_MS,
  )?.data;
}

/** Clients the workers really held at that moment, current and old; null unless the sockets of all were looked at then. */
function clientsAt({ history }: Evidence, at: number): number | null {
  const sockets = lookAt(history.sockets, at);
  if (sockets === undefined) return null;
  const { workers, old } = lookAt(history.slots, at) ?? { workers: [], old: [] };
  const counted = new Set(sockets.workers.map(({ pid }) => pid));
  if (workers.some(({ pid }) => !counted.has(pid))) return null;
  const uncounted = old.filter(({ pid }) => !counted.has(pid)).reduce((sum, { used }) => sum + used, 0);
  return sockets.workers.reduce((sum, { client }) => sum + client, 0) + uncounted;
}

/** `active` (our own connections subtracted) beyond the sockets of that moment, 0 within the noise; null when unknown. */
export function phantomsAt(evidence: Evidence, at: number, active: number): number | null {
  const clients = clientsAt(evidence, at);
  if (clients === null) return null;
  const excess = active - clients;
  return excess > Math.max(NOISE, NOISE_RATIO * active) ? excess : 0;
}
