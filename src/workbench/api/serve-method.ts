/** Answers `POST /api/METHOD` as Slack does: token, rate limit, injected fault, then the method itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../core/logger.ts';
import type { Fault } from '../faults.ts';
import { replyJson, replyText } from '../server/reply.ts';
import { parseFields, readBytes } from '../server/request-body.ts';
import { type Json, text } from '../state/json.ts';
import { type Call, type Method, SlackRefusal } from './call.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { GRANTED_SCOPES } from './granted-scopes.ts';
import { identityMethods } from './identity.ts';
import type { RateLimiter } from './rate-limits.ts';
import { viewMethods } from './views.ts';

const METHODS: Readonly<Record<string, Method>> = {
  ...identityMethods,
  ...chatMethods,
  ...viewMethods,
  ...conversationMethods,
  ...fileMethods,
};

interface Tokens {
  readonly bot: string;
  readonly app: string;
}

export interface ApiDeps extends Omit<Call, 'args'> {
  readonly tokens: Tokens;
  /** Name of the error every token gets once it was revoked, e.g. `token_revoked`; undefined while it is good. */
  revoked(): string | undefined;
  readonly rateLimiter: RateLimiter | null;
  readonly logger: Logger;
  /** Counts what was called, for tests. */
  called(method: string, args: Json): void;
}

export async function serveMethod(
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  deps: ApiDeps,
): Promise<void> {
  const args = parseFields(await readBytes(request), request.headers['content-type'] ?? '');
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
  const answer = answerCall(method, request, args, deps);
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
  // `hang`: the response stays open until the client gives up or the server closes.
}

function answerCall(method: string, request: IncomingMessage, args: Json, deps: ApiDeps): Json {
  try {
    checkToken(method, request, args, deps);
    const run = METHODS[method];
    if (run === undefined) throw new SlackRefusal('unknown_method');
    return { ok: true, ...run({ ...deps, args }) };
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    deps.logger.debug({ method, error: error.error, messages: error.messages }, 'local slack refused a call');
    const details = error.messages.length === 0 ? {} : { response_metadata: { messages: error.messages } };
    return { ok: false, error: error.error, ...details };
  }
}

function checkToken(method: string, request: IncomingMessage, args: Json, deps: ApiDeps): void {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? text(args.token);
  if (method === 'api.test') return;
  if (token === undefined || token === '') throw new SlackRefusal('not_authed');
  if (token !== deps.tokens.bot && token !== deps.tokens.app) throw new SlackRefusal('invalid_auth');
  const revoked = deps.revoked();
  if (revoked !== undefined) throw new SlackRefusal(revoked);
  const wantsAppToken = method === 'apps.connections.open';
  if (wantsAppToken !== (token === deps.tokens.app)) throw new SlackRefusal('not_allowed_token_type');
}
