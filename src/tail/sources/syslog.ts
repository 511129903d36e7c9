/**
 * Receives the lines of `error_log syslog:…` and `access_log syslog:…`, over UDP or a unix datagram socket.
 * Datagrams that arrive while gapwatch is down, or while the kernel's buffer is full, are lost (`drops` in /proc/net/udp
 * counts the latter), and nginx cuts an error line at 2 KiB. Unix datagrams need the optional package node-unix-socket,
 * because Node has no API for them.
 */
import { createSocket } from 'node:dgram';
import { chmodSync, lstatSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WallTime } from '../../core/clock.ts';
import { requireTrustedFolder } from '../../files/trusted-file.ts';
import { syslogLine } from '../framing/syslog-message.ts';
import { Outlet } from '../outlet.ts';
import type { LogSource, SourceEvents } from '../source.ts';

/** Most bytes kept while a delivery is awaited; more is dropped and counted. */
const BACKLOG_BYTES = 8 * 1024 * 1024;

export type SyslogAddress =
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** `unix:/run/gapwatch.sock`, `127.0.0.1:5140`, `[::1]:5140`; the port is 514 when left out. null: none of these. */
export function parseSyslogAddress(text: string): SyslogAddress | null {
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) };
  const parts = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  if (parts === null) return null;
  return { kind: 'udp', host: parts[1] ?? parts[2] ?? '', port: Number(parts[3] ?? 514) };
}

/** Where a log target of nginx's configuration sends to: `syslog:server=ADDRESS[,…]`. null: it is none, or unreadable. */
export function parseSyslogTarget(target: string): SyslogAddress | null {
  const server = /^syslog:(?:[^,]*,)*server=([^,]+)/.exec(target)?.[1];
  return server === undefined ? null : parseSyslogAddress(server);
}

/** A bound socket. */
interface Receiver {
  /** Where it listens, as `error_log syslog:server=` wants it. */
  readonly address: string;
  close(): Promise<void>;
}

function receiveUdp(host: string, port: number, take: (datagram: Buffer) => void): Promise<Receiver> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  return new Promise((resolve, reject) => {
    socket.once('error', reject).on('message', take);
    socket.bind(port, host, () => {
      socket.off('error', reject).on('error', () => {});
      const bound = socket.address();
      const address = `${host.includes(':') ? `[${bound.address}]` : bound.address}:${bound.port}`;
      resolve({ address, close: () => new Promise((done) => socket.close(() => done())) });
    });
  });
}

/** Of every bound socket of this network namespace, the path it was bound to (proc_pid_net(5)). */
function isBound(path: string): boolean {
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => line.endsWith(` ${path}`));
}

/** Removes a socket left over by a former run of ours, and nothing else. */
function removeLeftover(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket() || stat.uid !== process.geteuid?.()) throw new Error(`${path} is there and no socket of ours`);
  if (isBound(path)) throw new Error(`another process listens on ${path}`);
  unlinkSync(path);
}

/** Only we may send: workers of nginx must run as our user, or be let in with chown or setfacl. */
async function receiveUnix(path: string, take: (datagram: Buffer) => void): Promise<Receiver> {
  const { DgramSocket } = await import('node-unix-socket');
  requireTrustedFolder(dirname(path), 'the folder of the socket');
  removeLeftover(path);
  const socket = new DgramSocket();
  socket.on('data', take).on('error', () => {});
  socket.bind(path);
  chmodSync(path, 0o600);
  return {
    address: `unix:${path}`,
    async close() {
      socket.close();
      rmSync(path, { force: true });
    },
  };
}

class SyslogSource implements LogSource {
  readonly name: string;
  readonly #address: SyslogAddress;
  readonly #outlet: Outlet;
  readonly #generation: string;
  #receiver: Receiver | null = null;
  #work: Promise<void> = Promise.resolve();
  #backlogBytes = 0;
  #offset = 0;

  constructor(name: string, address: SyslogAddress, startedMs: number, events: SourceEvents) {
    this.name = name;
    this.#address = address;
    this.#outlet = new Outlet(name, events);
    this.#generation = `syslog:${name}:${startedMs}`;
  }

  async start(): Promise<void> {
    const address = this.#address;
    const take = (datagram: Buffer) => this.#take(datagram);
    try {
      this.#receiver =
        address.kind === 'udp'
          ? await receiveUdp(address.host, address.port, take)
          : await receiveUnix(address.path, take);
      this.#outlet.become('following', `listening on ${this.#receiver.address}`);
    } catch (error) {
      this.#outlet.become('denied', `cannot listen: ${(error as Error).message}`);
    }
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.#receiver?.close();
    this.#receiver = null;
    await this.#work;
    this.#outlet.become('stopped', 'stopped');
  }

  state() {
    return this.#outlet.state();
  }

  #take(datagram: Buffer): void {
    const bytes = syslogLine(datagram);
    if (this.#backlogBytes + bytes.length > BACKLOG_BYTES) {
      this.#outlet.counters.lostBytes += bytes.length;
      return;
    }
    const piece = { bytes, offset: this.#offset };
    this.#offset += bytes.length;
    this.#backlogBytes += bytes.length;
    this.#work = this.#work
      .then(() => this.#outlet.deliver(this.#generation, piece))
      .then(() => {
        this.#backlogBytes -= bytes.length;
      })
      .catch((error: Error) => this.#outlet.become('stopped', `stopped: ${error.message}`));
  }
}

/** `name` is what its batches carry, e.g. the `syslog:` target as nginx's config has it. */
export function createSyslogSource(
  options: { readonly name: string; readonly address: SyslogAddress },
  deps: { readonly clock: WallTime },
  events: SourceEvents,
): LogSource {
  return new SyslogSource(options.name, options.address, deps.clock.now(), events);
}
