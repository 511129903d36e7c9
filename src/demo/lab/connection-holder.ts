/**
 * Clients that open a connection, send data and stay: idle keep-alive, slow headers, slow uploads, slow readers,
 * stalled handshakes, websockets. They differ in what they send first, what they send repeatedly, and whether they
 * read.
 */
import { connect, type Socket } from 'node:net';
import { sourceAddress } from './source-address.ts';

export interface HolderPlan {
  readonly port: number;
  /** Connections opened per second. */
  readonly perSecond: number;
  /** Connections held at once. */
  readonly atMost: number;
  /** Whether a connection that nginx closes is replaced. Default true. */
  readonly replaced?: boolean;
  /** Sent by the n-th connection when it is open. Empty: nothing is ever sent. */
  readonly hello: string | Buffer | ((n: number) => string);
  /** Sent repeatedly while the connection is open. */
  readonly drip?: { readonly everyMs: number; readonly text: string };
  /** False: never reads, so the answer fills the kernel's buffers. Default true. */
  readonly reads?: boolean;
  /** Connections come from this many addresses of 127.0.0.0/8 in turn. Default: one, 127.0.0.1. */
  readonly sources?: number;
}

/** Opens and holds connections until `signal` aborts. The set contains those held at the moment. */
export function holdConnections(plan: HolderPlan, signal: AbortSignal): ReadonlySet<Socket> {
  const held = new Set<Socket>();
  if (signal.aborted) return held;
  let opened = 0;
  const opener = setInterval(() => {
    if ((plan.replaced === false ? opened : held.size) >= plan.atMost) return;
    opened += 1;
    const socket = open(plan, opened);
    held.add(socket);
    socket.on('close', () => held.delete(socket));
  }, 1000 / plan.perSecond);
  const stop = () => {
    clearInterval(opener);
    for (const socket of held) socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  return held;
}

function open(plan: HolderPlan, n: number): Socket {
  const socket = connect({
    host: '127.0.0.1',
    port: plan.port,
    ...(plan.sources === undefined ? {} : { localAddress: sourceAddress(n % plan.sources) }),
  });
  socket.on('error', () => socket.destroy());
  if (plan.reads === false) socket.pause();
  else socket.resume();
  socket.on('connect', () => socket.write(typeof plan.hello === 'function' ? plan.hello(n) : plan.hello));
  const { drip } = plan;
  if (drip !== undefined) {
    const dripper = setInterval(() => socket.writable && socket.write(drip.text), drip.everyMs);
    socket.on('close', () => clearInterval(dripper));
  }
  return socket;
}
