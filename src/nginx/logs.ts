/** Lists the effective error_log and access_log directives, each once, with level or format. */

import type { AccessLog, ErrorLog } from '../core/settings.ts';
import { LOG_LEVELS, type LogLevel } from '../core/signal.ts';
import type { ConfigNode } from './config-tree.ts';
import { COMBINED_FORMAT } from './log-format.ts';
import { enclosing, inForce, placeOf, type Scope, walk } from './scope.ts';

/** What the binary was built with (`nginx -V`). */
export interface LogDefaults {
  /** Absolute, with a trailing slash; null when unknown: relative paths then stay as written. */
  readonly prefix: string | null;
  readonly errorLog: string;
  readonly accessLog: string;
}

const SPECIAL = /^(syslog:|memory:)|^stderr$/;

export const fullPath = (path: string, prefix: string | null): string =>
  SPECIAL.test(path) || path.startsWith('/') || prefix === null ? path : prefix + path;

function levelOf(node: ConfigNode): LogLevel {
  const words = node.args.slice(1);
  if (words.some((word) => word.startsWith('debug'))) return 'debug';
  return LOG_LEVELS.find((level) => words.includes(level)) ?? 'error';
}

function errorContext(scope: Scope): ErrorLog['context'] {
  if (scope.kind === 'main') return 'main';
  if (enclosing(scope, 'stream') !== null) return 'stream';
  if (enclosing(scope, 'mail') !== null) return 'mail';
  return scope.kind === 'http' || scope.kind === 'server' ? scope.kind : 'location';
}

/** Main log first. Without an error_log to a file in main, nginx opens its built-in one at level error. */
export function errorLogs(root: Scope, defaults: LogDefaults): readonly ErrorLog[] {
  const found: ErrorLog[] = [];
  for (const scope of walk(root)) {
    for (const node of scope.directives.get('error_log') ?? []) {
      const target = fullPath(node.args[0] ?? '', defaults.prefix);
      found.push({ target, level: levelOf(node), context: errorContext(scope), place: placeOf(node) });
    }
  }
  const mainHasFile = found.some((log) => log.context === 'main' && !/^(syslog|memory):/.test(log.target));
  if (mainHasFile) return found;
  const target = fullPath(defaults.errorLog, defaults.prefix);
  return [{ target, level: 'error', context: 'main', place: null }, ...found];
}

interface Format {
  readonly text: string;
  readonly escape: AccessLog['escape'];
}

function formats(root: Scope, context: 'http' | 'stream'): ReadonlyMap<string, Format> {
  const found = new Map<string, Format>();
  if (context === 'http') found.set('combined', { text: COMBINED_FORMAT, escape: 'default' });
  for (const scope of root.children.filter((child) => child.kind === context)) {
    for (const node of scope.directives.get('log_format') ?? []) {
      const [name = '', ...words] = node.args;
      const escaping = /^escape=(default|json|none)$/.exec(words[0] ?? '')?.[1] as AccessLog['escape'] | undefined;
      // nginx finds a format by name without regard to case.
      found.set(name.toLowerCase(), { text: words.slice(escaping ? 1 : 0).join(''), escape: escaping ?? 'default' });
    }
  }
  return found;
}

function readAccessLog(node: ConfigNode, known: ReadonlyMap<string, Format>, prefix: string | null): AccessLog {
  const [path = '', formatName = 'combined', ...options] = node.args;
  const format = known.get(formatName.toLowerCase());
  return {
    target: fullPath(path, prefix),
    formatName,
    format: format?.text ?? null,
    escape: format?.escape ?? 'default',
    buffered: options.some((option) => /^(buffer=|gzip)/.test(option)),
    gzip: options.some((option) => /^gzip(=|$)/.test(option)),
    place: placeOf(node),
  };
}

/** The access_log directives in force in some server or location; `off` anywhere in a block switches all of it off. */
export function accessLogs(root: Scope, defaults: LogDefaults): readonly AccessLog[] {
  const found = new Map<string, AccessLog>();
  const add = (log: AccessLog): void => void found.set(`${log.target} ${log.formatName}`, log);
  for (const context of ['http', 'stream'] as const) {
    const known = formats(root, context);
    // Blocks without an access_log inherit those of the outer block, and so the answer.
    const done = new WeakSet<readonly ConfigNode[]>();
    for (const scope of walk(root)) {
      if ((scope.kind !== 'server' && scope.kind !== 'location') || enclosing(scope, context) === null) continue;
      const nodes = inForce(scope, 'access_log');
      if (done.has(nodes)) continue;
      done.add(nodes);
      if (nodes.some((node) => node.args[0] === 'off')) continue;
      for (const node of nodes) add(readAccessLog(node, known, defaults.prefix));
      if (nodes.length > 0 || context === 'stream') continue;
      const target = fullPath(defaults.accessLog, defaults.prefix);
      add({
        target,
        formatName: 'combined',
        format: COMBINED_FORMAT,
        escape: 'default',
        buffered: false,
        gzip: false,
        place: null,
      });
    }
  }
  return [...found.values()];
}
