/** `upstream {}` blocks, and the single-address upstreams that a pass straight to an address makes. */

import type { Pass, Place, Setting, Upstream, UpstreamServer } from '../core/settings.ts';
import type { ConfigNode } from './config-tree.ts';
import { parameter, placeOf, type Scope, walk } from './scope.ts';
import { parseCount, parseTimeMs } from './units.ts';
import { isSince } from './version.ts';

function readServer(node: ConfigNode): UpstreamServer {
  const options = node.args.slice(1);
  const count = (name: string, fallback: number): number => parseCount(parameter(options, name) ?? '') ?? fallback;
  return {
    address: node.args[0] ?? '',
    down: options.includes('down'),
    backup: options.includes('backup'),
    maxFails: count('max_fails', 1),
    failTimeoutMs: parseTimeMs(parameter(options, 'fail_timeout') ?? '', 's') ?? 10_000,
    maxConns: count('max_conns', 0),
    resolve: options.includes('resolve'),
    place: placeOf(node),
  };
}

/** Since 1.29.7 every explicit http upstream caches 32 idle connections unless it says otherwise. */
function keepalive(scope: Scope, context: Upstream['context'], version: string | null): Setting<number> | null {
  const node = scope.directives.get('keepalive')?.[0];
  if (node !== undefined) return { value: parseCount(node.args[0] ?? '') ?? 0, place: placeOf(node) };
  return context === 'http' && isSince(version, '1.29.7') ? { value: 32, place: null } : null;
}

/** Each of these puts itself where `keepalive` has put its pool (the `peer.init_upstream` of its module). */
const BALANCERS = ['least_conn', 'ip_hash', 'hash', 'random', 'least_time', 'fair'];

function balancerBelowKeepalive(scope: Scope): { balancerBelowKeepalive?: Place } {
  const names = scope.node?.block?.map((node) => node.name) ?? [];
  const below = scope.node?.block?.findLast((node) => BALANCERS.includes(node.name));
  if (below === undefined || !names.includes('keepalive')) return {};
  return names.lastIndexOf(below.name) > names.indexOf('keepalive') ? { balancerBelowKeepalive: placeOf(below) } : {};
}

export function explicitUpstreams(root: Scope, version: string | null): readonly Upstream[] {
  const found: Upstream[] = [];
  for (const scope of walk(root)) {
    if (scope.kind !== 'upstream' || scope.node === null) continue;
    const context = scope.parent?.kind === 'stream' ? 'stream' : 'http';
    found.push({
      name: scope.node.args[0] ?? '',
      explicit: true,
      servers: (scope.directives.get('server') ?? []).map(readServer),
      keepalive: keepalive(scope, context, version),
      zone: scope.directives.has('zone'),
      ...balancerBelowKeepalive(scope),
      context,
      place: placeOf(scope.node),
    });
  }
  return found;
}

/** One upstream for each address that a pass names directly. */
export function implicitUpstreams(passes: readonly Pass[], explicit: readonly Upstream[]): readonly Upstream[] {
  const found = new Map<string, Upstream>();
  const named = new Set(explicit.map((one) => `${one.context} ${one.name.toLowerCase()}`));
  for (const { upstream: name, context, place } of passes) {
    if (name === null || found.has(`${context} ${name}`)) continue;
    if (named.has(`${context} ${name.toLowerCase()}`)) continue;
    found.set(`${context} ${name}`, {
      name,
      explicit: false,
      servers: [
        {
          address: name,
          down: false,
          backup: false,
          maxFails: 1,
          failTimeoutMs: 10_000,
          maxConns: 0,
          resolve: false,
          place,
        },
      ],
      keepalive: null,
      zone: false,
      context,
      place,
    });
  }
  return [...found.values()];
}
