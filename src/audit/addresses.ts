/** Parses addresses as nginx configurations write them, and says whether clients can reach them. */
import type { Listen } from '../core/settings.ts';

const LOOPBACK = /^(127\.|::1$|localhost$)/i;
const INNER =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd][0-9a-f]{2}:)/i;
const LITERAL = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i;

export interface Endpoint {
  /** Without brackets; `unix:/path` whole. */
  readonly host: string;
  readonly port: number | null;
}

/** `127.0.0.1:80`, `[::1]:80`, `app`, `unix:/run/x.sock`. */
export function endpointOf(address: string): Endpoint {
  if (/^unix:/i.test(address)) return { host: address, port: null };
  const [, bracketed, bare, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(address) ?? [];
  return { host: bracketed ?? bare ?? address, port: port === undefined ? null : Number(port) };
}

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** The shortest form for `listen`: `80` for `0.0.0.0:80`. */
export const listenText = (address: string): string => address.replace(/^0\.0\.0\.0:/, '');

/** A loopback address, a private network or a unix socket. */
export const isInner = (host: string): boolean => isLoopback(host) || INNER.test(host) || /^unix:/i.test(host);

/** A host name that needs DNS or /etc/hosts. */
export const isName = (host: string): boolean =>
  !/^unix:/i.test(host) && !LITERAL.test(host) && !isLoopback(host) && /^[\w.-]+$/.test(host);

/** True for a TCP socket that nginx binds and that other hosts can reach. */
export function facesClients(listen: Listen): boolean {
  const { host } = endpointOf(listen.address);
  return listen.bound !== false && listen.udp !== true && !isLoopback(host) && !/^unix:/i.test(host);
}

/** Listeners for clients whose accept queue all workers share, because they lack `reuseport`. */
export const sharedQueues = (listens: readonly Listen[]): readonly Listen[] =>
  listens.filter((listen) => facesClients(listen) && !listen.reuseport);
