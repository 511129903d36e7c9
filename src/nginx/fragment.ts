/** Wraps a fragment of a configuration in its blocks, so that `worker_connections 512;` alone is read like a whole file. */
import type { ConfigNode } from './config-tree.ts';

const EVENTS = new Set([
  'worker_connections',
  'multi_accept',
  'accept_mutex',
  'accept_mutex_delay',
  'use',
  'worker_aio_requests',
]);
const MAIN =
  /^(events|http|stream|mail|user|daemon|pid|env|include|load_module|lock_file|master_process|pcre_jit|quic_bpf|ssl_engine|ssl_object_cache_inheritable|thread_pool|timer_resolution|debug_points|working_directory|error_log|rtmp|google_perftools_profiles|worker_(?!connections|aio_requests).*)$/;

/** nginx demands `events`, and without `http`, `stream` or `mail` it would do nothing: a text with less is a piece. */
export const isWhole = (nodes: readonly ConfigNode[]): boolean =>
  nodes.some(({ name }) => name === 'events') && nodes.some(({ name }) => ['http', 'stream', 'mail'].includes(name));

/** True for a text that no nginx would take as its main file. */
const isFragment = (nodes: readonly ConfigNode[]): boolean => nodes.some((node) => !MAIN.test(node.name));

function wrap(name: string, block: readonly ConfigNode[]): readonly ConfigNode[] {
  const [first] = block;
  return first === undefined ? [] : [{ name, args: [], block, file: first.file, line: first.line }];
}

/** Main nodes unchanged; the others inside the `events`, `http` or `server` they can only stand in. */
export function completeFragment(nodes: readonly ConfigNode[]): readonly ConfigNode[] {
  if (!isFragment(nodes)) return nodes;
  const inMain = nodes.filter((node) => MAIN.test(node.name));
  const inEvents = nodes.filter((node) => EVENTS.has(node.name));
  const rest = nodes.filter((node) => !MAIN.test(node.name) && !EVENTS.has(node.name));
  const servers =
    /^(location|server_name|listen|(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass|stub_status|return|root)$/;
  const needsServer = rest.some((node) => servers.test(node.name) && !(node.name === 'server' && node.block));
  const blocks = new Set(
    rest.filter((node) => node.block !== null && /^(server|upstream|map|geo|types)$/.test(node.name)),
  );
  const http = needsServer
    ? [
        ...blocks,
        ...wrap(
          'server',
          rest.filter((node) => !blocks.has(node)),
        ),
      ]
    : rest;
  return [...inMain, ...wrap('events', inEvents), ...wrap('http', http)];
}
