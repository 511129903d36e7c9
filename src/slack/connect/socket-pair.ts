/**
 * Runs two Socket Mode connections for one app. Slack sends each event to one of them, so a refresh or drop loses
 * nothing. Limits the size of frames and validates them before the SDK. Stops within a second, also when the peer is
 * gone.
 */
import type { Socket } from 'node:net';
import { type App, type Logger as BoltLogger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { Agent, buildConnector } from 'undici';
import { type FrameGuard, guardFrames } from './guard-frames.ts';
import { createPatientFetch } from './patient-fetch.ts';
import { within } from './within.ts';

export interface SocketPairOptions {
  readonly appToken: string;
  readonly apiUrl: string;
  readonly logger: BoltLogger;
  readonly guard: FrameGuard;
  readonly fetch: typeof fetch;
  /** The number of connected sockets, 0 to 2. */
  onConnections(count: number): void;
  /** Slack's error name for refusing new connections. */
  onRefusal(error: string): void;
}

const CLOSE_WAIT_MS = 1_000;
/** A message has at most 50 blocks. A larger frame closes the connection (code 1009), and the SDK reconnects. */
const FRAME_LIMITS = { maxPayloadSize: 1024 * 1024, maxFragments: 1024 };
// Explicit and unlimited: the process would end when retries run out.
const RETRY_FOREVER = { forever: true, minTimeout: 500, maxTimeout: 30_000, factor: 2, randomize: true };

interface Line {
  readonly receiver: SocketModeReceiver;
  connected: boolean;
}

export class SocketPair implements Receiver {
  private readonly lines: readonly Line[];
  private readonly sockets = new Set<Socket>();
  private readonly patient;
  private stopped = false;

  constructor(options: SocketPairOptions) {
    this.patient = createPatientFetch(options.onRefusal, options.fetch);
    this.lines = [this.line(options), this.line(options)];
  }

  /** The SDK hides its socket and waits 30 s for a vanished peer, so the socket is captured here to be closed. */
  private dispatcher(): Agent {
    const connect = buildConnector({ allowH2: false });
    return new Agent({
      webSocket: FRAME_LIMITS,
      connect: (options, callback) =>
        connect(options, (...result) => {
          // A failed attempt passes only the error.
          const socket: Socket | null | undefined = result[1];
          if (socket) {
            this.sockets.add(socket);
            socket.once('close', () => this.sockets.delete(socket));
          }
          callback(...result);
        }),
    });
  }

  private line({ appToken, apiUrl, logger, guard, onConnections }: SocketPairOptions): Line {
    // A new object for each, because the SDK modifies it.
    const clientOptions = {
      slackApiUrl: apiUrl,
      retryConfig: { ...RETRY_FOREVER },
      timeout: 10_000,
      fetch: this.patient.fetch as never,
    };
    const receiver = new SocketModeReceiver({
      appToken,
      logger,
      clientPingTimeout: 2_000,
      dispatcher: this.dispatcher(),
      installerOptions: { clientOptions },
      // Otherwise a failing acknowledgement is an unhandled rejection.
      processEventErrorHandler: async ({ error }) => {
        guard.logger.error({ err: error }, 'Slack payload failed');
        return false;
      },
    });
    guardFrames(receiver.client, guard);
    this.outliveStart(receiver.client);
    const line: Line = { receiver, connected: false };
    const tell = (connected: boolean) => () => {
      line.connected = connected;
      if (connected) this.patient.beConnected();
      onConnections(this.lines.filter((each) => each.connected).length);
    };
    receiver.client.on('connected', tell(true));
    for (const event of ['close', 'reconnecting', 'disconnected']) receiver.client.on(event, tell(false));
    return line;
  }

  /** At a disconnect the SDK rejects a pending connection, which for a repeated attempt is an unhandled rejection. */
  private outliveStart(connection: SocketModeReceiver['client']): void {
    const start = connection.start.bind(connection);
    connection.start = async () => {
      try {
        return await start();
      } catch (error) {
        if (this.stopped) return new Promise(() => {});
        throw error;
      }
    };
  }

  init(app: App): void {
    for (const { receiver } of this.lines) receiver.init(app);
  }

  /** Resolves when both are connected; rejects when Slack refuses the app token. */
  async start(): Promise<void> {
    await Promise.all(this.lines.map(({ receiver }) => receiver.start()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.patient.end();
    await within(CLOSE_WAIT_MS, Promise.allSettled(this.lines.map(({ receiver }) => receiver.client.disconnect())));
    for (const socket of this.sockets) socket.destroy();
  }
}
