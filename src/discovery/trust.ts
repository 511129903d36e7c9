/**
 * Decides what gapwatch does with things that others made: which process is watched as nginx, whether its binary may be
 * run, which page may be asked. (What may be read is decided where it is opened: files/read-file.ts.) Every decision
 * has a reason that `doctor` shows. `.github/SECURITY.md` has the threat model.
 */
import { splitRoot } from '../files/read-file.ts';
import type { Settings } from '../nginx/settings.ts';
import type { Address, Host } from '../probe/host.ts';
import { allListeningSockets, type ListeningSocket, listeningSockets } from '../probe/listening-sockets.ts';
import type { DiscoveryHost } from './host.ts';
import type { Master } from './masters.ts';

export interface Decision {
  readonly allowed: boolean;
  /** A clause: `it runs as uid 65534`. */
  readonly reason: string;
}

/** `host`: root's or our own nginx; `container`: one that a container runtime started; `stranger`: any user could fake it. */
export type Standing = 'host' | 'container' | 'stranger';

export interface Trust {
  readonly standing: Standing;
  readonly reason: string;
}

const RANK: Readonly<Record<Standing, number>> = { host: 2, container: 1, stranger: 0 };

/** Every nginx binary holds the text that `nginx -v` prints (src/core/nginx.c ngx_show_version_info). */
const VERSION_TEXT = ' version: ';
export const BUILD_TEXTS = ['nginx version: ', 'configure arguments:'] as const;

const ourUsers = (host: DiscoveryHost): ReadonlySet<number> => new Set([0, host.uid]);

/** False only when the executable was read and is no nginx: without that right the title has to do. */
function isKnownAsOther(host: DiscoveryHost, { pid }: Master): boolean {
  const found = host.texts(`/proc/${pid}/exe`, BUILD_TEXTS);
  return 'texts' in found && !found.texts.some((text) => text?.includes(VERSION_TEXT) === true);
}

/** A process title is free text: what counts is who runs it, from which file, in whose namespaces. */
export function trustOfMaster(host: DiscoveryHost, master: Master): Trust {
  const { uid, root, ownUsers, binary } = master;
  if (uid === null) return { standing: 'stranger', reason: 'its user cannot be told, or it is a set-user-ID program' };
  const isOurs = ourUsers(host).has(uid);
  // Only root can make a mount namespace without a user namespace (user_namespaces(7)), so a runtime made this one.
  if (root !== '' && !ownUsers) return { standing: 'container', reason: `it runs in a container as uid ${uid}` };
  if (!isOurs)
    return { standing: 'stranger', reason: `it runs as uid ${uid}, as which any program of that user may run` };
  if (ownUsers) return { standing: 'stranger', reason: 'it runs in a user namespace, which any user can make' };
  if (isKnownAsOther(host, master))
    return { standing: 'stranger', reason: `${binary ?? 'its executable'} is no nginx` };
  return { standing: 'host', reason: `it runs as uid ${uid}` };
}

/** An nginx that was watched is followed by one that is trusted as much, never by less. */
export function maySucceed(seen: Standing | null, next: Standing): boolean {
  return seen === null || RANK[next] >= RANK[seen];
}

/** An nginx of another user is watched when the operator named a file that only that user, root or we can write. */
export function mayBeNamedBy(host: DiscoveryHost, file: string, { uid }: Master): boolean {
  const owner = host.stat(file)?.uid;
  return owner !== undefined && (owner === uid || ourUsers(host).has(owner));
}

export interface RunRequest {
  readonly standing: Standing;
  readonly binary: string;
  /** Configuration files, the folders that they include from, and loaded modules. */
  readonly files: readonly string[];
}

/** `nginx -T` loads modules, makes folders and changes their owner as the user who runs it, so all of it must be root's. */
export function mayRun(host: DiscoveryHost, { standing, binary, files }: RunRequest): Decision {
  if (standing === 'container') return { allowed: false, reason: 'nothing of a container is run' };
  if (standing === 'stranger') return { allowed: false, reason: 'it is not root’s nginx' };
  for (const path of [binary, ...files]) {
    const exposure = host.exposure(path);
    if (exposure !== null) return { allowed: false, reason: `${exposure.path} ${exposure.because}` };
  }
  return { allowed: true, reason: 'only root can change the binary and what it would read' };
}

const HOST_HEADER = /^[\w.:[\]-]{1,255}$/;
/** RFC 9112 3.2: a request target has no spaces and no control characters. */
const TARGET = /^\/[\x21-\x7e]{0,1023}$/;
/** unix(7): sun_path has 108 bytes with its NUL. */
const SOCKET_PATH = /^\/[^\x00-\x1f\x7f]{0,106}$/;

/** Whether the words of a configuration may become a request: a name with a line break would add lines to it. */
export function mayAskAt(page: { readonly url: string; readonly hostHeader: string | null }): Decision {
  const { url, hostHeader } = page;
  if (hostHeader !== null && !HOST_HEADER.test(hostHeader))
    return { allowed: false, reason: 'its server_name is no host name, so no request is made of it' };
  const [, socket, unixTarget] = /^https?\+unix:\/\/([^:]*):(.*)$/s.exec(url) ?? [];
  const [, address, target] = /^https?:\/\/([\w.:[\]-]+)(\/.*)?$/s.exec(url) ?? [];
  if (socket !== undefined ? !SOCKET_PATH.test(socket) : address === undefined)
    return { allowed: false, reason: 'its address has characters that no address has' };
  if (!TARGET.test(unixTarget ?? target ?? '/'))
    return { allowed: false, reason: 'its location has characters that no request has' };
  return { allowed: true, reason: 'its address and location are plain' };
}

/** Whether a connection to `address` would be accepted by that listening socket. */
function accepts({ address }: ListeningSocket, asked: Address): boolean {
  if (asked.kind === 'unix') return address === `unix:${splitRoot(asked.path).path}`;
  const port = `:${asked.port}`;
  // A name leads to an address that only the resolver knows; the port has to do.
  const isName = !/^[\d.]+$|:/.test(asked.host);
  if (isName) return address.endsWith(port);
  const own = asked.host.includes(':') ? `[${asked.host}]${port}` : `${asked.host}${port}`;
  return [own, `0.0.0.0${port}`, `[::]${port}`].includes(address);
}

const spotOf = (asked: Address): string => (asked.kind === 'unix' ? asked.path : `${asked.host}:${asked.port}`);

/**
 * A page that was found in a configuration is asked only where a socket of that very nginx listens: the port of one
 * that has stopped may be anyone's. Rejects when the socket tables cannot be read.
 */
export async function mayAskListener(
  host: Host,
  nginx: { readonly masterPid: number | null; readonly settings: Settings | null },
  asked: Address,
  signal: AbortSignal,
): Promise<Decision> {
  const { masterPid, settings } = nginx;
  if (masterPid === null) {
    const taken = (await allListeningSockets(host, 'self', signal)).some((socket) => accepts(socket, asked));
    return taken
      ? { allowed: false, reason: `${spotOf(asked)} belongs to another process, and no nginx runs` }
      : { allowed: true, reason: 'no socket listens there' };
  }
  const own = await listeningSockets(host, masterPid, settings, signal);
  return own.some((socket) => accepts(socket, asked))
    ? { allowed: true, reason: `nginx (pid ${masterPid}) listens there` }
    : { allowed: false, reason: `${spotOf(asked)} is no listening socket of nginx (pid ${masterPid})` };
}
