/**
 * The embedded local Slack: an imitation that a real Bolt app uses over its real protocols (Web API and Socket Mode on
 * loopback), with a page that shows the channel and takes clicks. Strict where Slack is strict, and fails on demand.
 * Stores nothing beyond the process, and trusts everyone with the page's key.
 */
import { systemClock, type WallTime } from '../../core/clock.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { createRateLimiter } from './api/rate-limits.ts';
import type { Delivery } from './delivery/envelope.ts';
import { createHttpTransport } from './delivery/http-transport.ts';
import { SocketHub } from './delivery/socket-hub.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import type { Filled } from './person/filled-values.ts';
import { type Click, Hands } from './person/hands.ts';
import { closeView, type ModalDeps, type Submission, submitView } from './person/submit-view.ts';
import { randomSecrets, type Secrets } from './secrets.ts';
import { createEntrance } from './server/entrance.ts';
import { startHttpServer } from './server/http-server.ts';
import { createRoutes } from './server/routes.ts';
import type { Directory } from './state/directory.ts';
import type { StoredFile } from './state/files.ts';
import type { Json } from './state/json.ts';
import type { Ephemeral, Message } from './state/messages.ts';
import { until } from './state/until.ts';
import type { View } from './state/views.ts';
import { createWorkspace, type Workspace } from './state/workspace.ts';

export interface LocalSlackOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Loopback only; anything else is refused. Default 127.0.0.1. */
  readonly host?: string;
  readonly clock?: WallTime;
  readonly logger?: Logger;
  readonly faults?: readonly Fault[];
  /** Team, people, channels, user groups and commands; each replaces the default. */
  readonly directory?: Partial<Directory>;
  /** Apply Slack's published rate limits. Default false. */
  readonly rateLimits?: boolean;
  /** Fixed secrets instead of random ones, for a bot that outlives the local Slack. */
  readonly secrets?: Secrets;
  /** How long an upload has no type yet (ms), default 200. */
  readonly fileScanMs?: number;
  /** HTTP mode: commands, clicks and events go to this address, signed, instead of to the sockets. */
  readonly requestUrl?: string;
}

interface ApiCall {
  readonly method: string;
  readonly args: Json;
}

export interface LocalSlack extends Secrets {
  /** The address of the local Slack. */
  readonly url: string;
  /** The page with its key. Only for people, never for a place that others can read. */
  readonly pageUrl: string;
  /** For `slack.apiUrl`: ends in `/api/`. */
  readonly apiUrl: string;
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly sockets: SocketHub;
  /** The newest Web API calls, oldest first. */
  readonly calls: readonly ApiCall[];
  /** Channel messages and thread replies, oldest first. */
  messages(channel?: string): readonly Message[];
  thread(channel: string, ts: string): readonly Message[];
  /** Messages that only one person sees, of one channel or of all. */
  ephemerals(channel?: string): readonly Ephemeral[];
  /** The open modal and the published Home of a person. Default: the first person. */
  view(user?: string): View | undefined;
  home(user?: string): View | undefined;
  files(): readonly StoredFile[];
  sendCommand(line: string, at?: { readonly channel?: string; readonly user?: string }): Promise<Delivery>;
  click(click: Click): Promise<Delivery>;
  submitView(filled: Filled, user?: string): Promise<Submission>;
  closeView(user?: string): Promise<Delivery | null>;
  openHome(user?: string): Promise<Delivery>;
  /** Every later call answers this error, `token_revoked` or `account_inactive`; undefined ends that. */
  revoke(error: string | undefined): void;
  /** Resolves with the first true value of `read`, which runs now and after every change. Rejects after `timeoutMs`. */
  until<T>(read: () => T | undefined | false | null, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

/** A service without a workspace runs for months, and a call holds all blocks of a message. */
const MAX_CALLS = 1_000;

function remember(calls: ApiCall[], call: ApiCall): void {
  calls.push(call);
  if (calls.length > MAX_CALLS) calls.shift();
}

interface Parts {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly sockets: SocketHub;
  readonly hands: Hands;
  readonly modal: ModalDeps;
  readonly calls: ApiCall[];
}

/** The running parts as tests and the app see them. */
function present({ workspace, faults, sockets, hands, modal, calls }: Parts) {
  return {
    workspace,
    faults,
    sockets,
    calls,
    messages: (channel = workspace.directory.channels[0]?.id ?? '') => workspace.messages.all(channel),
    thread: (channel: string, ts: string) => workspace.messages.thread(channel, ts),
    ephemerals: (channel?: string) => workspace.messages.ephemerals(channel),
    view: (user?: string) => workspace.views.top(hands.person(user).id),
    home: (user?: string) => workspace.views.home(hands.person(user).id),
    files: () => workspace.files.all(),
    sendCommand: (line, at) => hands.sendCommand(line, at),
    click: async (click: Click) => hands.click(click),
    submitView: async (filled, user) => submitView(modal, hands.person(user), filled),
    closeView: async (user) => closeView(modal, hands.person(user)),
    openHome: async (user) => hands.openHome(user),
    until: (read, timeoutMs) => until(workspace, read, timeoutMs),
  } satisfies Partial<LocalSlack>;
}

/** Starts the local Slack. Rejects when the host is not loopback or the port is taken. */
export async function createLocalSlack(options: LocalSlackOptions = {}): Promise<LocalSlack> {
  const { clock = systemClock, logger = silentLogger, host = '127.0.0.1', requestUrl } = options;
  const { directory = {}, fileScanMs = 200 } = options;
  const workspace = createWorkspace({ clock, directory, fileScanMs });
  const faults = createFaults(options.faults);
  const secrets = options.secrets ?? randomSecrets();
  const { botToken, appToken, signingSecret } = secrets;
  const sockets = new SocketHub({ appId: workspace.directory.appId, clock, logger });
  const transport = requestUrl === undefined ? sockets : createHttpTransport({ requestUrl, signingSecret, clock });
  let revoked: string | undefined;
  const server = await startHttpServer({ host, port: options.port ?? 0, logger });
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  const hands = new Hands({ workspace, transport, origin });
  const parts: Parts = { workspace, faults, sockets, hands, modal: { workspace, transport }, calls: [] };
  server.serve(
    createRoutes({
      ...parts,
      origin,
      logger,
      tokens: { bot: botToken, app: appToken },
      entrance: createEntrance(secrets.pageKey, server.port),
      revoked: () => revoked,
      rateLimiter: options.rateLimits === true ? createRateLimiter(clock) : null,
      called: (method, args) => remember(parts.calls, { method, args }),
      openSocketUrl: () => `${origin.replace('http', 'ws')}${sockets.newLinkPath()}`,
    }),
  );
  return {
    ...present(parts),
    ...secrets,
    url: `${origin}/`,
    pageUrl: `${origin}/?key=${secrets.pageKey}`,
    apiUrl: `${origin}/api/`,
    revoke: (error) => {
      revoked = error;
    },
    async close() {
      sockets.close();
      await server.close();
    },
  };
}
