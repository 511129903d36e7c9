/** Answers `POST /api/METHOD` as Slack does: checks token and rate limit, applies a fault, then runs the method. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../../core/logger.ts';
import type { Fault } from '../faults.ts';
import { replyJson, replyText } from '../server/reply.ts';
import { parseFields, readBytes } from '../server/request-body.ts';
import { sameSecret } from '../server/same-secret.ts';
import { type Json, text } from '../state/json.ts';
import { type Call, type Method, SlackRefusal } from './call.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { identityMethods } from './identity.ts';
import type { RateLimiter } from './rate-limits.ts';
import { viewMethods } from './views.ts';

/** The scopes of the bot token, as in manifest.yml. Slack sends them in a header of every answer. */
const GRANTED_SCOPES: readonly string[] = [
  'chat:write',
  'commands',
  'users:read',
  'files:write',
  'files:read',
  'channels:manage',
  'channels:read',
  'channels:history',
  'groups:history',
  'usergroups:read',
];

const METHODS: Readonly<Record<string, Method>> = {
  ...identityMethods,
  ...chatMethods,
  ...viewMethods,
  ...conversationMethods,
  ...fileMethods,
};

const MOST_OF_STRANGERS = 64 * 1024;

interface Tokens {
  readonly bot: string;
  readonly app: string;
}

export interface ApiDeps extends Omit<Call, 'args'> {
  readonly tokens: Tokens;
  /** Error for every token after a revocation, e.g. `token_revoked`; undefined while tokens are valid. */
  revoked(): string | undefined;
  readonly rateLimiter: RateLimiter | null;
  readonly logger: Logger;
  /** Records calls for tests. */
  called(method: string, args: Json): void;
}

export async function serveMethod(
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  deps: ApiDeps,
): Promise<void> {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  // The token may be in the body; of a caller without one only as much is read as that needs.
  const most = tokenOf(bearer, deps.tokens) === null ? MOST_OF_STRANGERS : undefined;
  const args = parseFields(await readBytes(request, most), request.headers['content-type'] ?? '');
  const given = bearer ?? text(args.token);
  const token = tokenOf(given, deps.tokens);
  if (token === null) {
    replyJson(response, { ok: false, error: given === undefined || given === '' ? 'not_authed' : 'invalid_auth' });
    return;
  }
  deps.called(method, args);
  const fault = deps.faults.take(method);
  if (fault !== undefined && fault.kind !== 'stored-then-error' && fault.kind !== 'stored-then-lost') {
    failWithoutEffect(fault, response);
    return;
  }
  const waitSeconds = deps.rateLimiter?.refuse(method, args) ?? 0;
  if (waitSeconds > 0) {
    tooMany(response, waitSeconds);
    return;
  }
  response.setHeader('x-oauth-scopes', GRANTED_SCOPES.join(','));
  const answer = answerCall(method, token, args, deps);
  if (fault?.kind === 'stored-then-lost') response.destroy();
  else if (fault?.kind === 'stored-then-error') replyText(response, fault.status ?? 500, 'injected fault');
  else replyJson(response, answer);
}

function tooMany(response: ServerResponse, seconds: number): void {
  response.setHeader('retry-after', String(seconds));
  replyJson(response, { ok: false, error: 'ratelimited' }, 429);
}

function failWithoutEffect(fault: Fault, response: ServerResponse): void {
  if (fault.error !== undefined) replyJson(response, { ok: false, error: fault.error });
  else if (fault.kind === 'rate-limited') tooMany(response, fault.retryAfterSeconds ?? 1);
  else if (fault.kind === 'http-error') replyText(response, fault.status ?? 500, 'injected fault');
  // `hang`: the response stays open until the client or the server closes.
}

function answerCall(method: string, token: keyof Tokens, args: Json, deps: ApiDeps): Json {
  try {
    checkToken(method, token, deps);
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (run === undefined) throw new SlackRefusal('unknown_method');
    return { ok: true, ...run({ ...deps, args }) };
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    deps.logger.debug({ method, error: error.error, messages: error.messages }, 'local slack refused a call');
    const details = error.messages.length === 0 ? {} : { response_metadata: { messages: error.messages } };
    return { ok: false, error: error.error, ...details };
  }
}

/** The kind of the token; null for an unknown one. */
function tokenOf(given: string | undefined, tokens: Tokens): keyof Tokens | null {
  if (sameSecret(given, tokens.bot)) return 'bot';
  return sameSecret(given, tokens.app) ? 'app' : null;
}

function checkToken(method: string, token: keyof Tokens, deps: ApiDeps): void {
  const revoked = deps.revoked();
  if (revoked !== undefined) throw new SlackRefusal(revoked);
  const wanted = method === 'apps.connections.open' ? 'app' : 'bot';
  if (token !== wanted) throw new SlackRefusal('not_allowed_token_type');
}
