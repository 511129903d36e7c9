/**
 * Delivers events and repeats them without an acknowledgement: at once, after a minute, after five (docs: "Events API",
 * retries).
 */
import type { Json } from '../state/json.ts';
import type { Delivery, Transport } from './envelope.ts';

const RETRY_AFTER_MS = [0, 60_000, 300_000];

/** Resolves after the first attempt. The others follow until one is acknowledged. */
export async function deliverEvent(transport: Transport, payload: Json): Promise<Delivery> {
  const envelope = { type: 'events_api', payload, acceptsResponse: false } as const;
  const first = await transport.deliver(envelope);
  if (!first.ok) retryLater(transport, payload, 1);
  return first;
}

function retryLater(transport: Transport, payload: Json, attempt: number): void {
  const afterMs = RETRY_AFTER_MS[attempt - 1];
  if (afterMs === undefined) return;
  const timer = setTimeout(async () => {
    const retry = { retryAttempt: attempt, retryReason: 'timeout' };
    const { ok } = await transport.deliver({ type: 'events_api', payload, acceptsResponse: false, ...retry });
    if (!ok) retryLater(transport, payload, attempt + 1);
  }, afterMs);
  timer.unref();
}
