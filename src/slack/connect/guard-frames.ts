/**
 * Filters Socket Mode frames before the SDK sees them. The SDK trusts every frame: a payload of `null` or without its
 * parts causes an unhandled rejection, and a frame of type `close` is taken for a socket event.
 */
import type { SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import type { Logger } from '../../core/logger.ts';
import type { Inbound } from './inbound.ts';
import type { Rarely } from './rarely.ts';

type Connection = SocketModeReceiver['client'];
/** Hidden by the SDK's types, because listeners use it through their `ack`. A refused frame has no listener. */
interface Sends {
  send(envelopeId: string, answer: object): Promise<void>;
}

export interface FrameGuard {
  readonly inbound: (payload: unknown) => Inbound;
  readonly rarely: Rarely;
  readonly logger: Logger;
}

/** A payload without an envelope id cannot be acknowledged. Slack always sends one. */
const frame = z.object({
  type: z.enum(['hello', 'disconnect', 'slash_commands', 'interactive', 'events_api']),
  envelope_id: z
    .string()
    .regex(/^[\w.-]{1,100}$/)
    .optional()
    .catch(undefined),
  payload: z.unknown().optional(),
  reason: z.string().max(100).optional().catch(undefined),
});

type Judged = { readonly pass: string } | { readonly refused: string; readonly envelopeId: string | undefined };

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

function envelopeOf(value: unknown): string | undefined {
  const known = frame.shape.envelope_id.safeParse((value as { envelope_id?: unknown } | null | undefined)?.envelope_id);
  return known.data;
}

function judge(data: unknown, isBinary: unknown, inbound: FrameGuard['inbound']): Judged {
  if (isBinary === true || typeof data !== 'string') return { refused: 'it is binary', envelopeId: undefined };
  const value = parsed(data);
  const envelopeId = envelopeOf(value);
  const read = frame.safeParse(value);
  if (!read.success) return { refused: 'it is not a frame of a known type', envelopeId };
  const { type, reason, payload } = read.data;
  if (type === 'hello' || type === 'disconnect') return { pass: JSON.stringify({ type, reason }) };
  if (envelopeId === undefined) return { refused: 'it has no envelope_id', envelopeId };
  const taken = inbound(payload);
  if (taken.kind === 'taken') {
    return { pass: JSON.stringify({ type, envelope_id: envelopeId, payload: taken.body }) };
  }
  return { refused: taken.kind === 'challenge' ? 'its type is not handled here' : taken.why, envelopeId };
}

export function guardFrames(connection: Connection, { inbound, rarely, logger }: FrameGuard): void {
  const listeners = connection.listeners('ws_message');
  connection.removeAllListeners('ws_message');
  connection.on('ws_message', (data: unknown, isBinary: unknown) => {
    const judged = judge(data, isBinary, inbound);
    if ('pass' in judged) {
      for (const listener of listeners) void attempt(() => listener(judged.pass, false), logger);
      return;
    }
    const { refused, envelopeId } = judged;
    rarely(`frame: ${refused}`, (times) => logger.warn({ why: refused, times }, 'Slack frame refused'));
    // Without an acknowledgement Slack sends it again.
    if (envelopeId !== undefined) void attempt(() => (connection as unknown as Sends).send(envelopeId, {}), logger);
  });
}

async function attempt(work: () => unknown, logger: Logger): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.debug({ err: error }, 'Slack frame failed');
  }
}
