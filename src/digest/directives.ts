/** Lists the settings as directives with their places, small enough for the store, and compares two such lists. */

import type { Pass, Place, Setting, Settings, Upstream } from '../core/settings.ts';
import { LOG_LEVELS, type LogLevel } from '../core/signal.ts';

export interface Directive {
  /** `worker_connections`, `upstream app keepalive`, `proxy_pass http://app (/api)`. */
  readonly name: string;
  readonly value: string;
  /** Null: nginx's built-in default. */
  readonly place: Place | null;
}

export interface Drift {
  readonly name: string;
  /** Null for a new directive. */
  readonly before: Directive | null;
  readonly after: Directive | null;
}

const seconds = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
const onOff = (value: boolean): string => (value ? 'on' : 'off');

function single<T>(name: string, setting: Setting<T> | null, show: (value: T) => string = String): Directive[] {
  return setting === null ? [] : [{ name, value: show(setting.value), place: setting.place }];
}

function ofUpstream({ name, servers, keepalive, explicit }: Upstream): Directive[] {
  if (!explicit) return [];
  const flags = (server: Upstream['servers'][number]): string =>
    [
      `max_fails=${server.maxFails} fail_timeout=${seconds(server.failTimeoutMs)}`,
      ...(server.maxConns > 0 ? [`max_conns=${server.maxConns}`] : []),
      ...(server.down ? ['down'] : []),
      ...(server.backup ? ['backup'] : []),
    ].join(' ');
  return [
    ...single(`upstream ${name} keepalive`, keepalive),
    ...servers.map((server) => ({
      name: `upstream ${name} server ${server.address}`,
      value: flags(server),
      place: server.place,
    })),
  ];
}

function ofPass(pass: Pass): Directive[] {
  const where = `${pass.kind}_pass ${pass.target}${pass.location === null ? '' : ` (${pass.location})`}`;
  return [
    { name: where, value: pass.kind, place: pass.place },
    ...single(`${where} connect_timeout`, pass.connectTimeoutMs, seconds),
    ...single(`${where} send_timeout`, pass.sendTimeoutMs, seconds),
    ...single(`${where} read_timeout`, pass.readTimeoutMs, seconds),
    ...single(`${where} http_version`, pass.httpVersion),
    ...single(`${where} buffering`, pass.buffering, onOff),
    ...single(`${where} request_buffering`, pass.requestBuffering, onOff),
  ];
}

function ofProcess(settings: Settings): Directive[] {
  return [
    ...single('worker_processes', settings.workerProcesses),
    ...single('worker_connections', settings.workerConnections),
    ...single('worker_rlimit_nofile', settings.workerRlimitNofile),
    ...single('multi_accept', settings.multiAccept, onOff),
    ...single('accept_mutex', settings.acceptMutex, onOff),
    ...single('worker_shutdown_timeout', settings.workerShutdownTimeoutMs, seconds),
    ...single('keepalive_timeout', settings.keepaliveTimeoutMs, seconds),
    ...single('keepalive_requests', settings.keepaliveRequests),
    ...single('client_header_timeout', settings.clientHeaderTimeoutMs, seconds),
    ...single('client_body_timeout', settings.clientBodyTimeoutMs, seconds),
    ...single('send_timeout', settings.sendTimeoutMs, seconds),
    ...single('resolver', settings.resolver, (addresses) => addresses.join(' ')),
  ];
}

/** A server may have any number of names, and each of its locations repeats them. */
const NAMES_SHOWN = 8;

function someNames(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function ofEdges(settings: Settings): Directive[] {
  return [
    ...settings.listens.map(({ address, backlog, reuseport, ssl, http2, quic, place }) => ({
      name: `listen ${address}`,
      value: [
        ...(backlog === null ? [] : [`backlog=${backlog}`]),
        ...Object.entries({ reuseport, ssl, http2, quic }).flatMap(([flag, on]) => (on ? [flag] : [])),
      ].join(' '),
      place,
    })),
    ...settings.limitZones.map((zone) => ({
      name: `${zone.kind} ${zone.name}`,
      value: `${zone.key} ${zone.sizeBytes} bytes`,
      place: zone.place,
    })),
    ...settings.limitUses.map((use) => ({ name: `${use.kind} ${use.zone}`, value: 'on', place: use.place })),
    ...settings.errorLogs.map((log) => ({ name: `error_log ${log.target}`, value: log.level, place: log.place })),
    ...settings.accessLogs.map((log) => ({
      name: `access_log ${log.target}`,
      value: log.formatName,
      place: log.place,
    })),
    ...(settings.overrides ?? []).map((override) => ({
      name: `${override.directive} (${[someNames(override.serverNames), override.location ?? ''].join(' ').trim()})`,
      value: String(override.value),
      place: override.place,
    })),
  ];
}

/** Every directive that affects capacity. Repeated names get a number. */
export function directivesOf(settings: Settings): Directive[] {
  const all = [
    ...ofProcess(settings),
    ...ofEdges(settings),
    ...settings.upstreams.flatMap(ofUpstream),
    ...settings.passes.flatMap(ofPass),
  ];
  const seen = new Map<string, number>();
  return all.map((directive) => {
    const times = (seen.get(directive.name) ?? 0) + 1;
    seen.set(directive.name, times);
    return times === 1 ? directive : { ...directive, name: `${directive.name} #${times}` };
  });
}

/** Changed, added and removed directives. A directive that only moved did not change. */
export function driftBetween(before: readonly Directive[], after: readonly Directive[]): Drift[] {
  const old = new Map(before.map((directive) => [directive.name, directive]));
  const now = new Map(after.map((directive) => [directive.name, directive]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name) ?? null, now.get(name) ?? null];
    return was?.value === is?.value ? [] : { name, before: was, after: is };
  });
}

/** The mildest level of any error log. */
export function loggedFrom(settings: Settings): LogLevel | null {
  const levels = settings.errorLogs.map((log) => LOG_LEVELS.indexOf(log.level));
  return LOG_LEVELS[levels.reduce((mildest, level) => Math.min(mildest, level), LOG_LEVELS.length)] ?? null;
}
