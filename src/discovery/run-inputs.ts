/**
 * Lists the paths that `nginx -T` would read, write or create: logs, the pid file, temporary folders (whose owner it
 * changes), unix sockets (whose mode it changes), modules and their scripts. Which arguments of modules are paths is not
 * known, so every argument counts as a path.
 */
import { dirname } from 'node:path';
import { allNodes, type ConfigTree } from '../nginx/config-tree.ts';
import { readBuild } from './build.ts';
import type { DiscoveryHost } from './host.ts';
import { BUILD_TEXTS } from './trust.ts';

/** Their arguments are URIs, header fields and what requests are served from; none is opened before a request. */
const NO_FILES =
  /^(?:location|if|rewrite|return|try_files|error_page|root|alias|index|server_name|set|log_format|lock_file|default_type|.*_(?:pass|param|header))$/;
/** Only the folder counts: a log of the user that workers run as is opened, not replaced, by nginx. */
const WRITES = /(?:_log|_path|^pid|^listen)$/;

/** Logs, the pid file and temporary folders, where the configuration names no others. `text`: what `-V` prints. */
function builtInWrites(text: string): readonly string[] {
  const { errorLog, accessLog, pidFile, prefix } = readBuild(text);
  const temp = [...text.matchAll(/--http-[\w-]+-temp-path='?([^'\s]+)/g)].map(([, path = '']) => path);
  const absolute = temp.map((path) => (path.startsWith('/') ? path : prefix + path));
  return [errorLog, accessLog, pidFile, `${prefix}client_body_temp`, ...absolute].filter((path) =>
    path.startsWith('/'),
  );
}

/** What exists of a path: where the rest would be made. */
function existing(host: DiscoveryHost, path: string): string {
  let at = path;
  while (at !== '/' && host.stat(at) === null) at = dirname(at);
  return at;
}

/** Paths that must be root's alone for it to be run, folders above them included. `prefix` ends in a slash. */
export function runInputs(host: DiscoveryHost, binary: string, prefix: string, tree: ConfigTree): readonly string[] {
  const mainFolder = (tree.files[0] ?? '/').replace(/[^/]*$/, '');
  const texts = host.texts(binary, BUILD_TEXTS);
  const text = 'texts' in texts ? texts.texts.filter((one) => one !== null).join('\n') : '';
  const inputs = new Set(tree.files);
  const add = (path: string, isWritten: boolean): void => {
    const pattern = path.search(/[*?[]/);
    const spot = pattern >= 0 ? path.slice(0, path.lastIndexOf('/', pattern)) : isWritten ? dirname(path) : path;
    inputs.add(existing(host, spot.replace(/\/+$/, '') || '/'));
  };
  for (const path of builtInWrites(text)) add(path, true);
  for (const { name, args } of allNodes(tree.nodes)) {
    if (NO_FILES.test(name)) continue;
    for (const arg of args) {
      const path = arg.replace(/^unix:/, '');
      const places = path.startsWith('/') ? [path] : [prefix + path, mainFolder + path];
      for (const place of places) add(place, WRITES.test(name));
    }
  }
  return [...inputs];
}
