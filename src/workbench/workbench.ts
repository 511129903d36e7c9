/**
 * The embedded local Slack: a stand-in that a real Bolt app talks to over its real protocols (Web API and Socket Mode
 * on loopback), and a page where a person sees the channel and clicks. Strict where Slack is strict, and it can
 * misbehave on demand. It is no Slack: nothing is kept beyond the process and nobody is authenticated.
 */
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { createRateLimiter } from './api/rate-limits.ts';
import type { Delivery } from './delivery/envelope.ts';
import { SocketHub } from './delivery/socket-hub.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import type { Filled } from './person/filled-values.ts';
import { type Click, Hands } from './person/hands.ts';
import { closeView, type Submission, submitView } from './person/submit-view.ts';
import { startHttpServer } from './server/http-server.ts';
import { createRoutes } from './server/routes.ts';
import type { Directory } from './state/directory.ts';
import type { Json } from './state/json.ts';
import type { Message } from './state/messages.ts';
import { createWorkspace, type Workspace } from './state/workspace.ts';

export interface WorkbenchOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Loopback only; anything else is refused. Default 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly faults?: readonly Fault[];
  /** Team, people, channels, user groups and commands that replace the defaults. */
  readonly directory?: Partial<Directory>;
  /** Apply Slack's published rate limits. Default false. */
  readonly rateLimits?: boolean;
  /** Fixed secrets instead of random ones, for a bot that outlives the workbench. */
  readonly secrets?: { readonly botToken: string; readonly appToken: string; readonly signingSecret: string };
  readonly fileScanMs?: number;
}

export interface ApiCall {
  readonly method: string;
  readonly args: Json;
}

export interface Workbench {
  /** The page. */
  readonly url: string;
  /** For `slack.apiUrl`: ends in `/api/`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly sockets: SocketHub;
  /** Every Web API call so far, oldest first. */
  readonly calls: readonly ApiCall[];
  /** Channel messages and thread replies, oldest first. */
  messages(channel?: string): readonly Message[];
  thread(channel: string, ts: string): readonly Message[];
  sendCommand(line: string, at?: { readonly channel?: string; readonly user?: string }): Promise<Delivery>;
  click(click: Click): Promise<Delivery>;
  submitView(filled: Filled, user?: string): Promise<Submission>;
  closeView(user?: string): Promise<Delivery | null>;
  openHome(user?: string): Promise<Delivery>;
  /** Every later call answers this error, `token_revoked` or `account_inactive`; undefined mends it. */
  revoke(error: string | undefined): void;
  /** Resolves with the first true value of `look`, asked now and after every change; rejects after `timeoutMs`. */
  until<T>(look: () => T | undefined | false | null, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

function randomSecrets() {
  const part = (bytes: number) => randomBytes(bytes).toString('hex');
  return {
    botToken: `xoxb-1000000000-2000000000-${part(12)}`,
    appToken: `xapp-1-A0GAPWATCH0-3000000000-${part(32)}`,
    signingSecret: part(16),
  };
}

/** Starts the local Slack. Rejects when the host is not loopback or the port is taken. */
export async function createWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const { clock = systemClock, logger = silentLogger, host = '127.0.0.1' } = options;
  const workspace = createWorkspace({
    clock,
    directory: options.directory ?? {},
    fileScanMs: options.fileScanMs ?? 200,
  });
  const faults = createFaults(options.faults);
  const secrets = options.secrets ?? randomSecrets();
  const sockets = new SocketHub({ appId: workspace.directory.appId, clock, logger });
  const calls: ApiCall[] = [];
  let revoked: string | undefined;
  let origin = '';
  const server = await startHttpServer({ host, port: options.port ?? 0, logger }, () => routes);
  origin = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  const hands = new Hands({ workspace, transport: sockets, origin });
  const modal = { workspace, transport: sockets };
  const routes = createRoutes({
    workspace,
    faults,
    origin,
    logger,
    hands,
    modal,
    sockets,
    tokens: { bot: secrets.botToken, app: secrets.appToken },
    revoked: () => revoked,
    rateLimiter: options.rateLimits === true ? createRateLimiter(clock) : null,
    called: (method, args) => calls.push({ method, args }),
    openSocketUrl: () => `${origin.replace('http', 'ws')}${sockets.newLinkPath()}`,
  });
  return {
    url: `${origin}/`,
    apiUrl: `${origin}/api/`,
    ...secrets,
    workspace,
    faults,
    sockets,
    calls,
    messages: (channel = workspace.directory.channels[0]?.id ?? '') => workspace.messages.all(channel),
    thread: (channel, ts) => workspace.messages.thread(channel, ts),
    sendCommand: (line, at) => hands.sendCommand(line, at),
    click: async (click) => hands.click(click),
    submitView: async (filled, user) => submitView(modal, hands.person(user), filled),
    closeView: async (user) => closeView(modal, hands.person(user)),
    openHome: async (user) => hands.openHome(user),
    revoke: (error) => {
      revoked = error;
    },
    until: (look, timeoutMs) => until(workspace, look, timeoutMs),
    async close() {
      sockets.close();
      await server.close();
    },
  };
}

function until<T>(workspace: Workspace, look: () => T | undefined | false | null, timeoutMs = 10_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = look();
      if (found === undefined || found === false || found === null) return;
      clearTimeout(deadline);
      stop();
      resolve(found);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new Error(`the local Slack did not get there within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = workspace.onChange(check);
    check();
  });
}
