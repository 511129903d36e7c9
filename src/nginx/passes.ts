/** Lists every place that passes requests (or stream sessions) to an upstream, with the effective settings there. */

import type { Pass, PassKind, Place, Setting, Upstream } from '../core/settings.ts';
import type { ConfigNode } from './config-tree.ts';
import { FEW } from './directives.ts';
import { ALL_NAMES, withoutTokens } from './plain-name.ts';
import { printedWord } from './printed-words.ts';
import {
  enclosing,
  flagSetting,
  inForce,
  locationOf,
  placeOf,
  type Scope,
  serverNames,
  settingOf,
  timeSetting,
  unwritten,
  walk,
} from './scope.ts';
import { parseCount, parseSizeBytes } from './units.ts';
import { isSince } from './version.ts';

const KINDS: readonly PassKind[] = ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached'];
const TLS_SCHEME = /^(https|grpcs|suwsgi):\/\//i;
const MINUTE_MS = 60_000;
const PAGE_BYTES = 4096;

/** Names of upstream blocks as written, by their lower case: nginx finds them without regard to it. */
type UpstreamNames = ReadonlyMap<string, string>;

/** The upstream's name or address in a pass target; null when variables decide it. */
export function upstreamOf(
  target: string,
  kind: PassKind,
  context: Pass['context'],
  groups: UpstreamNames,
): string | null {
  const bare = target.replace(/^[a-z]+:\/\//i, '');
  // A unix path ends at the next colon, a host where the URI begins; these variables begin with a slash or are empty.
  const host = /^unix:/i.test(bare)
    ? bare.replace(/^(unix:[^:]*).*$/is, '$1')
    : bare.replace(/(?:[/?]|\$\{?(?:request_uri|uri|document_uri|is_args)\b).*$/s, '');
  if (host.includes('$') || host === '') return null;
  const group = groups.get(host.toLowerCase());
  if (group !== undefined) return group;
  const hasPort = /^unix:/i.test(host) || /:\d+$/.test(host) || context === 'stream';
  if (hasPort || (kind !== 'proxy' && kind !== 'grpc')) return host;
  return `${host}:${TLS_SCHEME.test(target) ? 443 : 80}`;
}

type Headers = ReadonlyMap<string, Setting<string>>;

/** The headers of one block, which count in all the locations without such a directive. */
const headers = new WeakMap<readonly ConfigNode[], Headers>();

function headersIn(nodes: readonly ConfigNode[]): Headers {
  const known = headers.get(nodes);
  if (known !== undefined) return known;
  const found = new Map<string, Setting<string>>();
  for (const node of nodes) {
    const name = node.args[0]?.toLowerCase() ?? '';
    if (!found.has(name)) found.set(name, { value: node.args[1] ?? '', place: placeOf(node) });
  }
  if (nodes.length > FEW) headers.set(nodes, found);
  return found;
}

/** Headers given to the upstream: one `proxy_set_header` in a block replaces all those of the blocks around it. */
function headerOf(scope: Scope, kind: PassKind, name: string): Setting<string> | null {
  const directive = kind === 'grpc' ? 'grpc_set_header' : 'proxy_set_header';
  if (kind !== 'proxy' && kind !== 'grpc') return null;
  return headersIn(inForce(scope, directive)).get(name) ?? null;
}

function httpVersionOf(scope: Scope, kind: PassKind, version: string | null): Setting<string> {
  if (kind === 'grpc') return unwritten<string>('2');
  if (kind !== 'proxy') return unwritten<string>(kind);
  return settingOf<string>(scope, 'proxy_http_version', isSince(version, '1.29.7') ? '1.1' : '1.0', asWritten);
}

const asWritten = (text: string): string => text;

/** As written, but for a user, a query and tokens in the path: what is derived from it is shown to people. */
function shownTarget(target: string): string {
  const shown = printedWord(target, ['url'], ALL_NAMES);
  const path = /^((?:[a-z]{1,10}:\/\/)?[^/]*)(\/.*)$/is.exec(shown);
  return path === null ? shown : `${path[1]}${withoutTokens(path[2] ?? '')}`;
}

/** NAME_buffer_size and NAME_buffers (8 of a memory page, ngx_http_NAME_module.c), as nginx adds them up for one answer. */
function bufferBytesOf(scope: Scope, kind: PassKind): Setting<number> {
  const first = settingOf(scope, `${kind}_buffer_size`, PAGE_BYTES, parseSizeBytes);
  const [node] = inForce(scope, `${kind}_buffers`);
  const [count, size] = [parseCount(node?.args[0] ?? ''), parseSizeBytes(node?.args[1] ?? '')];
  if (node === undefined || count === null || size === null)
    return { value: first.value + 8 * PAGE_BYTES, place: first.place };
  return { value: first.value + count * size, place: placeOf(node) };
}

/** Of each `map $http_upgrade $NAME` in a list of maps what it gives to an absent Upgrade header, by `$NAME`. */
const upgrades = new WeakMap<readonly ConfigNode[], ReadonlyMap<string, string>>();

function upgradesIn(maps: readonly ConfigNode[]): ReadonlyMap<string, string> {
  const known = upgrades.get(maps);
  if (known !== undefined) return known;
  const found = new Map<string, string>();
  for (const { args, block } of maps) {
    const [source, variable = ''] = args;
    if (source !== '$http_upgrade' || found.has(variable)) continue;
    const entry = block?.find(({ name }) => name === '') ?? block?.find(({ name }) => name === 'default');
    found.set(variable, entry?.args[0] ?? '');
  }
  if (maps.length > FEW) upgrades.set(maps, found);
  return found;
}

/** Nothing when the header is no variable of such a map. */
function withoutUpgrade(scope: Scope, header: Setting<string> | null): { connectionWithoutUpgrade?: string } {
  const maps = enclosing(scope, 'http')?.directives.get('map');
  const value = maps === undefined || header === null ? undefined : upgradesIn(maps).get(header.value);
  return value === undefined ? {} : { connectionWithoutUpgrade: value };
}

/** Where the server block begins. */
function serverOf(scope: Scope): { server?: Place } {
  const node = enclosing(scope, 'server')?.node;
  return node ? { server: placeOf(node) } : {};
}

function resolverOf(scope: Scope): Setting<readonly string[]> | null {
  const [node] = inForce(scope, 'resolver');
  return node === undefined ? null : { value: node.args, place: placeOf(node) };
}

function httpPass(scope: Scope, node: ConfigNode, kind: PassKind, version: string | null, groups: UpstreamNames): Pass {
  const target = node.args[0] ?? '';
  const connectionHeader = headerOf(scope, kind, 'connection');
  const streamed = kind === 'grpc' || kind === 'memcached';
  return {
    kind,
    context: 'http',
    target: shownTarget(target),
    upstream: upstreamOf(target, kind, 'http', groups),
    tls: TLS_SCHEME.test(target),
    connectTimeoutMs: timeSetting(scope, `${kind}_connect_timeout`, MINUTE_MS),
    sendTimeoutMs: timeSetting(scope, `${kind}_send_timeout`, MINUTE_MS),
    readTimeoutMs: timeSetting(scope, `${kind}_read_timeout`, MINUTE_MS),
    httpVersion: httpVersionOf(scope, kind, version),
    connectionHeader,
    requestBuffering: streamed ? unwritten<boolean>(false) : flagSetting(scope, `${kind}_request_buffering`, true),
    buffering: streamed ? unwritten<boolean>(false) : flagSetting(scope, `${kind}_buffering`, true),
    upgradesWebsocket:
      headerOf(scope, kind, 'upgrade') !== null && !['', 'close'].includes(connectionHeader?.value ?? ''),
    location: locationOf(scope),
    serverNames: serverNames(scope),
    place: placeOf(node),
    ...serverOf(scope),
    hostHeader: headerOf(scope, kind, 'host')?.value ?? null,
    ...withoutUpgrade(scope, connectionHeader),
    ...(kind === 'fastcgi' ? { keepConn: flagSetting(scope, 'fastcgi_keep_conn', false) } : {}),
    bufferBytes: bufferBytesOf(scope, kind),
    resolver: resolverOf(scope),
  };
}

/** `proxy_timeout` of stream{} counts for both directions. */
function streamPass(scope: Scope, node: ConfigNode, groups: UpstreamNames): Pass {
  const target = node.args[0] ?? '';
  const idle = timeSetting(scope, 'proxy_timeout', 10 * MINUTE_MS);
  return {
    kind: 'proxy',
    context: 'stream',
    target: shownTarget(target),
    upstream: upstreamOf(target, 'proxy', 'stream', groups),
    tls: flagSetting(scope, 'proxy_ssl', false).value,
    connectTimeoutMs: timeSetting(scope, 'proxy_connect_timeout', MINUTE_MS),
    sendTimeoutMs: idle,
    readTimeoutMs: idle,
    httpVersion: unwritten<string>('tcp'),
    connectionHeader: null,
    requestBuffering: unwritten<boolean>(false),
    buffering: unwritten<boolean>(false),
    upgradesWebsocket: false,
    location: null,
    serverNames: serverNames(scope),
    place: placeOf(node),
    ...serverOf(scope),
    resolver: resolverOf(scope),
  };
}

export function passesOf(root: Scope, version: string | null, upstreams: readonly Upstream[]): readonly Pass[] {
  const found: Pass[] = [];
  const names = (context: Upstream['context']): UpstreamNames =>
    new Map(upstreams.flatMap((one) => (one.context === context ? [[one.name.toLowerCase(), one.name]] : [])));
  const [http, stream] = [names('http'), names('stream')];
  for (const scope of walk(root)) {
    if (enclosing(scope, 'stream') !== null) {
      for (const node of scope.directives.get('proxy_pass') ?? []) found.push(streamPass(scope, node, stream));
    } else if (enclosing(scope, 'http') !== null) {
      for (const kind of KINDS) {
        for (const node of scope.directives.get(`${kind}_pass`) ?? [])
          found.push(httpPass(scope, node, kind, version, http));
      }
    }
  }
  return found;
}
