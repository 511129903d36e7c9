/**
 * Restricts the local Slack to this machine: it binds only loopback addresses and answers only requests with a Host of
 * this machine and no foreign Origin. No web page can reach it by DNS rebinding or cross-site calls.
 */
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { GapwatchError } from '../../../core/errors.ts';

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Throws USAGE when other machines can reach the address. */
export function assertLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new GapwatchError('USAGE', `the local Slack refuses to listen on ${host}: it has no real authentication`, {
    hint: 'Use 127.0.0.1 (the default) and reach it from elsewhere through `ssh -L`.',
  });
}

/** The reason to refuse a request, or null. */
export function strangeRequest(request: IncomingMessage): string | null {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(host)) return 'unknown Host';
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${request.headers.host ?? ''}`) return 'foreign Origin';
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site') return 'cross-site request';
  // A page on another port of this address is of the same site, but may belong to another user.
  if (site === 'same-site' && request.headers['sec-fetch-mode'] !== 'navigate') return 'request of another port';
  return null;
}
