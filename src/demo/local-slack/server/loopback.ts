/**
 * Keeps the local Slack local: it binds loopback addresses only, and answers only requests that were meant for it
 * (a Host of this machine, no foreign Origin), so that no web page can reach it by DNS rebinding or cross-site calls.
 */
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { GapwatchError } from '../../../core/errors.ts';

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Throws USAGE when the address is reachable from other machines. */
export function assertLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new GapwatchError('USAGE', `the local Slack refuses to listen on ${host}: it has no real authentication`, {
    hint: 'Use 127.0.0.1 (the default) and reach it from elsewhere through `ssh -L`.',
  });
}

/** Why a request is refused, or null. */
export function strangeRequest(request: IncomingMessage): string | null {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(host)) return 'unknown Host';
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${request.headers.host ?? ''}`) return 'foreign Origin';
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site') return 'cross-site request';
  // A page on another port of this address is of the same site, and may belong to another user.
  if (site === 'same-site' && request.headers['sec-fetch-mode'] !== 'navigate') return 'request of another port';
  return null;
}
