/**
 * Decides which logs of a configuration are followed. nginx opens them as root for writing, and gapwatch shows their
 * content to people. So a log is refused when a user who can write the configuration file cannot read the log himself.
 * The log folders of nginx are exempt: on most hosts they hold the logs of other users' virtual hosts.
 */
import { trustedUsers } from '../files/who-can-write.ts';
import { type Controller, sayController } from '../files/who-controls.ts';
import type { DiscoveryHost } from './host.ts';

/** A log as one directive of the configuration names it. */
export interface NamedLog {
  /** As we open it, below the root of its nginx. */
  readonly path: string;
  /** The configuration file that names it, as nginx sees it; null for the command line and what is built in. */
  readonly namedBy: string | null;
}

export interface LogJudge {
  /** Why the log is not followed, a clause; null when it is. */
  objection(log: NamedLog): string | null;
}

export interface LogOwner {
  /** `/proc/PID/root`, or empty. */
  readonly root: string;
  /** User of the master: it chose its command line; null when none runs or it is unknown. */
  readonly uid: number | null;
}

/** `/var/log/nginx`, `/usr/local/openresty/nginx/logs`, `/data/nginx/logs`: they hold logs of nginx and nothing else. */
const OF_NGINX = /(?:^|\/)[^/]*(?:nginx|openresty|tengine|angie)[^/]*(?:\/|$)/i;
const OF_LOGS = /(?:^|\/)logs?(?:\/|$)/i;
/** One log of nginx in them says nothing of what else is in them. */
const SHARED_FOLDER = /^\/(?:etc|root|home|tmp|opt|srv|run|usr|var|var\/(?:log|tmp|lib|run|www))?$/;
const LOG_NAME = /log|error|access/i;
const NGINX_NAME = /^nginx[\w.-]*$/i;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `all`: every log of the configuration; those that only root could have named say where the logs of nginx are. */
export function createLogJudge(host: DiscoveryHost, { root, uid }: LogOwner, all: readonly NamedLog[]): LogJudge {
  const ofMaster: readonly Controller[] = uid === null || trustedUsers().has(uid) ? [] : [{ kind: 'uid', id: uid }];
  const known = new Map<string, readonly Controller[] | null>();
  const controllersOf = (file: string | null): readonly Controller[] | null => {
    if (file === null || !file.startsWith('/')) return ofMaster;
    const found = known.has(file) ? known.get(file) : host.controllers(root + file);
    known.set(file, found ?? null);
    return found == null ? null : [...ofMaster, ...found];
  };
  const isRoots = ({ namedBy }: NamedLog): boolean => controllersOf(namedBy)?.length === 0;
  const roots = all.filter(isRoots);
  const paths = new Set(roots.map(({ path }) => path));
  const folders = new Set(roots.map(({ path }) => host.folderOf(path)));

  const isAmongLogs = (path: string): boolean => {
    const folder = host.folderOf(path);
    if (folder === null) return false;
    const inside = folder.slice(root.length);
    if (OF_NGINX.test(inside) && OF_LOGS.test(inside)) return true;
    if (inside === '/var/log') return NGINX_NAME.test(nameOf(path));
    return folders.has(folder) && !SHARED_FOLDER.test(inside) && LOG_NAME.test(nameOf(path));
  };
  const isHis = (path: string, who: Controller): boolean => {
    const could = host.couldRead(path, who);
    return could === 'file' || (could === 'folder' && LOG_NAME.test(nameOf(path)));
  };

  return {
    objection({ path, namedBy }) {
      if (paths.has(path)) return null;
      const controllers = controllersOf(namedBy);
      const by = namedBy ?? 'its command line';
      if (controllers === null) return `the users who can change ${by}, which names it, are unknown`;
      if (controllers.length === 0 || isAmongLogs(path)) return null;
      const stranger = controllers.find((who) => !isHis(path, who));
      if (stranger === undefined) return null;
      return `${sayController(stranger)} can change ${by}, which names it, and could not read it otherwise`;
    },
  };
}
