/**
 * Decides which payloads reach the listeners: our command, a click on a block, an opened App Home. Passes on only
 * validated fields. Refuses everything else and never throws.
 */
import { z } from 'zod';
import { COMMAND } from '../commands/words.ts';

export type Inbound =
  | { readonly kind: 'taken'; readonly body: Readonly<Record<string, unknown>> }
  /** Slack checks a request URL (http mode) and waits for this text. */
  | { readonly kind: 'challenge'; readonly challenge: string }
  /** Well-formed, but of another type, command or app. */
  | { readonly kind: 'unhandled'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string };

export interface InboundConfig {
  /** Answers go only to response URLs on Slack's hosts or on the host of this address. */
  readonly apiUrl: string;
  /** Our app; null when unknown, as in http mode, where the signature proves it. */
  readonly appId: string | null;
}

const id = (kinds: string) => z.string().regex(new RegExp(`^[${kinds}][A-Z0-9]{1,30}$`));
const userId = id('UW');
const teamId = id('TE');
const channelId = id('CGD');
const word = z.string().max(255);
/** Slack limits a button's value to 2,000 characters. */
const value = z.string().max(2_000);
/** Not used for decisions, so an invalid value counts as absent. */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const SLACK_HOST = /\.slack(?:-gov)?\.com$/;

function fetchable(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  return (protocol === 'https:' && SLACK_HOST.test(hostname)) || origin === new URL(apiUrl).origin;
}

const responseUrl = (apiUrl: string) =>
  optional(
    z
      .string()
      .max(1_000)
      .refine((url) => fetchable(url, apiUrl)),
  );

const command = ({ apiUrl }: InboundConfig) =>
  z.object({
    command: z.literal(COMMAND),
    text: z.string().default(''),
    user_id: userId,
    user_name: optional(word),
    team_id: teamId,
    channel_id: channelId,
    trigger_id: optional(word),
    response_url: responseUrl(apiUrl),
  });

const action = z.object({
  type: word,
  action_id: word,
  block_id: optional(word),
  value: optional(value),
  selected_option: optional(z.object({ value })),
});

const click = ({ apiUrl }: InboundConfig) =>
  z.object({
    type: z.literal('block_actions'),
    user: z.object({ id: userId, team_id: teamId.optional(), name: optional(word), username: optional(word) }),
    team: z.object({ id: teamId }).nullish(),
    channel: z.object({ id: channelId }).optional(),
    message: optional(z.object({ thread_ts: optional(word) })),
    trigger_id: optional(word),
    response_url: responseUrl(apiUrl),
    // Slack sends one action for each click.
    actions: z.tuple([action]),
  });

const opened = z.object({
  type: z.literal('event_callback'),
  team_id: teamId,
  event: z.object({ type: z.literal('app_home_opened'), user: userId, tab: word }),
});

type Kind = 'command' | 'click' | 'event' | 'challenge' | null;

/** The kind that the payload claims; null for one that is not handled here. */
function kindOf(payload: Readonly<Record<string, unknown>>): Kind {
  if (payload.command !== undefined) return payload.command === COMMAND ? 'command' : null;
  if (payload.type === 'block_actions') return 'click';
  if (payload.type === 'url_verification') return 'challenge';
  if (payload.type !== 'event_callback') return null;
  const { event } = payload;
  if (typeof event !== 'object' || event === null || !('type' in event)) return 'event';
  return typeof event.type !== 'string' || event.type === 'app_home_opened' ? 'event' : null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Never throws, for any `payload`. */
export function createInbound(config: InboundConfig): (payload: unknown) => Inbound {
  const schemas = { command: command(config), click: click(config), event: opened };
  const challenge = z.string().min(1).max(1_000);
  return (payload) => {
    if (!isRecord(payload)) return { kind: 'malformed', why: 'it is not an object' };
    const kind = kindOf(payload);
    if (kind === null) return { kind: 'unhandled', why: 'its type is not handled here' };
    const app = payload.api_app_id;
    if (config.appId !== null && app !== undefined && app !== config.appId) {
      return { kind: 'unhandled', why: 'it is for another app' };
    }
    if (kind === 'challenge') {
      const words = challenge.safeParse(payload.challenge);
      return words.success
        ? { kind: 'challenge', challenge: words.data }
        : { kind: 'malformed', why: 'its challenge is not text' };
    }
    const read = schemas[kind].safeParse(payload);
    if (read.success) return { kind: 'taken', body: read.data };
    const place = read.error.issues[0]?.path.join('.') ?? '';
    return { kind: 'malformed', why: `the ${place || 'payload'} of a ${kind} is not as Slack sends it` };
  };
}

/** The app id in an app-level token (`xapp-1-A0123456789-…`); null for another form. */
export const appIdOf = (appToken: string): string | null => /^xapp-\d+-(A[A-Z0-9]{2,30})-/.exec(appToken)?.[1] ?? null;
