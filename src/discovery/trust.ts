/**
 * Decides which processes, binaries and status pages gapwatch trusts: which process it observes as nginx, whether it runs
 * its binary, which page it requests. (files/read-file.ts decides which files it reads.) Every decision has a reason that
 * `doctor` shows. `.github/SECURITY.md` has the threat model.
 */

import type { Settings } from '../core/settings.ts';
import { splitRoot } from '../files/read-file.ts';
import { trustedUsers, whoCanReplace } from '../files/who-can-write.ts';
import type { Address, Host } from '../probe/host.ts';
import { allListeningSockets, type ListeningSocket, listeningSockets } from '../probe/listening-sockets.ts';
import { type DiscoveryHost, isDenied } from './host.ts';
import type { Master } from './masters.ts';
import { START_SLACK_MS, startedAtMs } from './start-time.ts';

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
  /** True for a process of root or of our user that a missing right keeps from being judged: it may be nginx. */
  readonly isUnjudged?: boolean;
}

const GROUP_OR_OTHER_WRITE = 0o022;

const RANK: Readonly<Record<Standing, number>> = { host: 2, container: 1, stranger: 0 };

/** Every nginx binary holds the texts that `nginx -V` prints (src/core/nginx.c ngx_show_version_info). */
export const BUILD_TEXTS = ['nginx version: ', 'configure arguments:'] as const;

const ourUsers = (host: DiscoveryHost): ReadonlySet<number> => new Set([0, host.uid]);

/** Why the executable is not taken for nginx; null when it is one, or when only the right to read it is missing. */
function objectionTo(host: DiscoveryHost, { pid, binary }: Master): string | null {
  const found = host.texts(`/proc/${pid}/exe`, BUILD_TEXTS);
  const name = binary === null ? 'its executable' : /^[!-~]+$/.test(binary) ? binary : JSON.stringify(binary);
  if ('texts' in found) return found.texts.some((text) => text !== null) ? null : `${name} is no nginx`;
  return isDenied(found) ? null : `${name} cannot be read (${found.failure})`;
}

/** A process title is free text: what counts is who runs it, from which file, in whose namespaces. */
export function trustOfMaster(host: DiscoveryHost, master: Master): Trust {
  const { uid, root, ownUsers, ownPids, namespacesTold } = master;
  const stranger = (reason: string): Trust => ({ standing: 'stranger', reason });
  if (uid === null) return stranger('its user is unknown, or it is a set-user-ID program');
  const isOurs = ourUsers(host).has(uid);
  if (!namespacesTold && host.uid === 0)
    return { ...stranger('without CAP_SYS_PTRACE it is unknown whether it runs in a container'), isUnjudged: isOurs };
  // Only root can make a mount namespace without a user namespace (user_namespaces(7)). A service has one of those too
  // (PrivateTmp=), and snap gives one to any user; the PID namespace beside it is a container runtime's.
  if (root !== '' && !ownUsers && (isOurs || ownPids))
    return { standing: 'container', reason: `it runs in a container as uid ${uid}` };
  if (!isOurs) return stranger(`it runs as uid ${uid}, as which any program of that user may run`);
  if (ownUsers) return stranger('it runs in a user namespace, which any user can make');
  const objection = objectionTo(host, master);
  return objection === null ? { standing: 'host', reason: `it runs as uid ${uid}` } : stranger(objection);
}

/** What is remembered of the nginx that was watched. */
export interface Watched {
  readonly standing: Standing;
  readonly uid: number | null;
}

/** An nginx that was watched is followed by one that is trusted more, or as much and run by root or the same user. */
export function maySucceed(seen: Watched | null, next: Watched): boolean {
  if (seen === null || RANK[next.standing] > RANK[seen.standing]) return true;
  return next.standing === seen.standing && (next.uid === 0 || next.uid === seen.uid);
}

/** A configuration file selects only processes of its owner: any user may title a process with a file of root. */
export function mayBeNamedByConfig(host: DiscoveryHost, file: string, { uid }: Master): boolean {
  return uid !== null && host.stat(file)?.uid === uid;
}

/**
 * A pid file selects the process that its owner wrote there: one of that user, or, of root's or our file, the one that
 * ran when it was written. The pid in a stale file may belong to any process.
 */
export function mayBeNamedByPidFile(host: DiscoveryHost, file: string, { uid, startTicks }: Master): boolean {
  const found = host.stat(file);
  if (found === null) return false;
  if (found.uid === uid) return true;
  const startedAt = startedAtMs(host, startTicks);
  const isOurs = ourUsers(host).has(found.uid) && (found.mode & GROUP_OR_OTHER_WRITE) === 0;
  return isOurs && startedAt !== null && found.modifiedAtMs >= startedAt - START_SLACK_MS;
}

export interface RunRequest {
  readonly standing: Standing;
  readonly binary: string;
  /** Everything that it would read, write or make (run-inputs.ts). */
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

/** How closely a listening socket fits: the kernel gives a connection to the closest one; 0 when it does not fit. */
function closeness({ address }: ListeningSocket, asked: Address): number {
  if (asked.kind === 'unix') return address === `unix:${splitRoot(asked.path).path}` ? 1 : 0;
  const port = `:${asked.port}`;
  // A name leads to an address that only the resolver knows; the port has to do.
  const isName = !/^[\d.]+$|:/.test(asked.host);
  if (isName) return address.endsWith(port) ? 1 : 0;
  const own = asked.host.includes(':') ? `[${asked.host}]${port}` : `${asked.host}${port}`;
  return [`[::]${port}`, `0.0.0.0${port}`, own].indexOf(address) + 1;
}

/** The sockets that would get a connection to `asked`. */
function takers(sockets: readonly ListeningSocket[], asked: Address): readonly ListeningSocket[] {
  const best = sockets.reduce((most, socket) => Math.max(most, closeness(socket, asked)), 0);
  return best === 0 ? [] : sockets.filter((socket) => closeness(socket, asked) === best);
}

const spotOf = (asked: Address): string => (asked.kind === 'unix' ? asked.path : `${asked.host}:${asked.port}`);

/** The nginx whose page is asked; without a pid it has ended. */
export interface Asked {
  readonly masterPid: number | null;
  readonly settings: Settings | null;
  readonly uid?: number | null;
  /** Inodes of the sockets that took such questions while it ran; workers that outlive their master hold them still. */
  readonly listened?: readonly number[];
}

export interface AskDecision extends Decision {
  /** Of the sockets of nginx that take the question. */
  readonly inodes: readonly number[];
}

/** Another user who may rename things on the way to a unix socket puts a socket, or a link to one, in its place. */
function exchanged(asked: Address, uid: number | null): string | null {
  if (asked.kind !== 'unix' || splitRoot(asked.path).root !== '/') return null;
  const exposure = whoCanReplace(asked.path, new Set([...trustedUsers(), ...(uid === null ? [] : [uid])]));
  return exposure === null ? null : `${asked.path} may be any socket: ${exposure.path} ${exposure.because}`;
}

/**
 * A page that was found in a configuration is asked only where a socket of that very nginx listens: the port of one
 * that has stopped may be anyone's. Rejects when the socket tables cannot be read.
 */
export async function mayAskListener(
  host: Host,
  { masterPid, settings, uid = null, listened = [] }: Asked,
  asked: Address,
  signal: AbortSignal,
): Promise<AskDecision> {
  const refused = (reason: string): AskDecision => ({ allowed: false, reason, inodes: [] });
  const all = takers(await allListeningSockets(host, masterPid ?? 'self', signal), asked);
  if (masterPid === null) {
    if (all.length === 0) return { allowed: true, reason: 'no socket listens there', inodes: [] };
    const isLeft = all.every(({ inode }) => listened.includes(inode));
    if (!isLeft) return refused(`${spotOf(asked)} belongs to another process, and no nginx runs`);
    return { allowed: true, reason: 'workers of the nginx that has ended listen there', inodes: listened };
  }
  const own = takers(await listeningSockets(host, masterPid, settings, signal), asked);
  const ownInodes = new Set(own.map(({ inode }) => inode));
  if (own.length === 0) return refused(`${spotOf(asked)} is no listening socket of nginx (pid ${masterPid})`);
  const isShared = asked.kind === 'tcp' && !all.every(({ inode }) => ownInodes.has(inode));
  if (isShared) return refused(`another process than nginx (pid ${masterPid}) takes what is sent to ${spotOf(asked)}`);
  const objection = exchanged(asked, uid);
  if (objection !== null) return refused(objection);
  return { allowed: true, reason: `nginx (pid ${masterPid}) listens there`, inodes: [...ownInodes] };
}
