/** Addresses as configurations write them: what they are and whom they face. */
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

/** As somebody would write it in `listen`: `80` for `0.0.0.0:80`. */
export const listenText = (address: string): string => address.replace(/^0\.0\.0\.0:/, '');

/** Only neighbours or this host itself can reach it. */
export const isInner = (host: string): boolean => isLoopback(host) || INNER.test(host) || /^unix:/i.test(host);

/** A name that something has to resolve. */
export const isName = (host: string): boolean =>
  !/^unix:/i.test(host) && !LITERAL.test(host) && !isLoopback(host) && /^[\w.-]+$/.test(host);

/** A TCP socket of its own that others than this host can reach. */
export function facesClients(listen: Listen): boolean {
  const { host } = endpointOf(listen.address);
  return listen.bound !== false && listen.udp !== true && !isLoopback(host) && !/^unix:/i.test(host);
}

/** Those of clients that all workers accept from, having no queue of their own. */
export const sharedQueues = (listens: readonly Listen[]): readonly Listen[] =>
  listens.filter((listen) => facesClients(listen) && !listen.reuseport);
