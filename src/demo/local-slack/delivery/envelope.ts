/** A message from the local Slack to the app, and its result. */
import type { Json } from '../state/json.ts';

export interface Envelope {
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  readonly payload: Json;
  /** The acknowledgement may carry a message (commands) or a response_action (submissions). */
  readonly acceptsResponse: boolean;
  readonly retryAttempt?: number;
  readonly retryReason?: string;
}

export type Delivery =
  | { readonly ok: true; readonly payload: Json; readonly tookMs: number }
  /** `operation_timeout`: no ack within 3 s. `dispatch_failed`: no connection, or the app answered with an error. */
  | { readonly ok: false; readonly error: 'operation_timeout' | 'dispatch_failed' };

/** Slack gives an app three seconds. */
export const ACK_MS = 3_000;

export interface Transport {
  deliver(envelope: Envelope): Promise<Delivery>;
}
