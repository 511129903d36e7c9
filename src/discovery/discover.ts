/**
 * Finds the nginx of this host: its master process, settings, logs and status page. Read-only and cheap enough for every
 * reload. It never fails: what it cannot find is a blind spot.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import type { Settings } from '../core/settings.ts';
import type { ConfigTree } from '../nginx/config-tree.ts';
import { deriveSettings } from '../nginx/effective.ts';
import { chooseMaster } from './choose-master.ts';
import type { NginxConfig } from './config.ts';
import { cpusFor } from './cpus.ts';
import type { DiscoveryHost } from './host.ts';
import { type AccessLogFile, logFiles } from './log-files.ts';
import { blindness, findMasters, type Master, usualBinary } from './masters.ts';
import { pendingReload } from './pending-reload.ts';
import { type ConfigRead, type ConfigTarget, readConfig } from './read-config.ts';
import { configCut, processesUnseen } from './sentences.ts';
import { chooseStatusPage } from './status-page.ts';
import type { Standing } from './trust.ts';

export interface Discovery {
  /** The nginx that is watched; null when none runs (its settings may still be known from its files). */
  readonly nginx: {
    readonly masterPid: number;
    /** With the pid, distinguishes this process from a later one that was given the same pid. */
    readonly startTicks: number;
    readonly binary: string | null;
    readonly version: string | null;
    readonly prefix: string;
    readonly configFile: string;
    readonly pidFile: string | null;
    /** `/proc/PID/root` for an nginx in a container, else empty: the prefix of every path of the settings. */
    readonly root: string;
    /** How far it is trusted, and its user: both decide which other one may take its place. */
    readonly standing: Standing;
    readonly uid: number | null;
    /** Why it is watched, a clause. */
    readonly trustedBecause: string;
  } | null;
  /** Why the processes could not be looked at this time; null when they could. All else is empty then and means nothing. */
  readonly blind: string | null;
  /** True when none was found and processes of others cannot be seen. */
  readonly hidden: boolean;
  readonly settings: Settings | null;
  readonly tree: ConfigTree | null;
  /** Sentences for people about what was chosen. */
  readonly notes: readonly string[];
  readonly notObservable: readonly NotObservable[];
  /** Paths as this process opens them. */
  readonly errorLogs: readonly string[];
  readonly accessLogs: readonly AccessLogFile[];
  readonly status: { readonly url: string; readonly hostHeader: string | null } | null;
}

type Watched = Discovery['nginx'];

/** Whose configuration is read: the master's, or without one that of the nginx that ran last or would be started here. */
function targetOf(host: DiscoveryHost, master: Master | null, overrides: NginxConfig, last: Watched): ConfigTarget {
  // The files of a container are gone with its processes.
  const before = master === null && last?.root === '' ? last : null;
  const started = master?.options ?? {
    config: before?.configFile ?? null,
    prefix: before?.prefix ?? null,
    errorLog: null,
    globals: null,
  };
  return {
    executable: overrides.binary ?? executableOf(host, master) ?? before?.binary ?? usualBinary(host),
    options: {
      ...started,
      config: overrides.config ?? started.config,
      prefix: overrides.prefix ?? started.prefix,
    },
    root: master?.root ?? '',
    limits: overrides.configLimits,
  };
}

/** The running file itself, which may be gone from its path; another user's may be readable by its path alone. */
function executableOf(host: DiscoveryHost, master: Master | null): string | null {
  if (master === null) return null;
  const running = `/proc/${master.pid}/exe`;
  if (host.can(running, 'read') || master.binary === null) return running;
  return master.root + master.binary;
}

function settingsOf(host: DiscoveryHost, read: ConfigRead, master: Master | null): Settings | null {
  if (read.tree === null) return null;
  const { build, prefix } = read;
  return deriveSettings(read.tree, {
    origin: read.origin,
    version: build.version,
    cpus: cpusFor(host, master?.pid ?? null),
    prefix,
    errorLog: master?.options.errorLog ?? build.errorLog,
    accessLog: build.accessLog,
    pidFile: build.pidFile,
    runsAsRoot: (master?.uid ?? 0) === 0,
  });
}

function notesOf(host: DiscoveryHost, master: Master | null, read: ConfigRead): readonly string[] {
  if (master === null) return [];
  const pending = pendingReload(host, master.pid, master.root, read.tree?.files ?? []);
  return [
    ...(master.root === ''
      ? []
      : [`nginx (pid ${master.pid}) runs in a container: its files are read through ${master.root}.`]),
    ...(master.binaryGone
      ? [`The binary of the running nginx (${master.binary}) was replaced or removed since it started.`]
      : []),
    ...(pending === null ? [] : [pending]),
  ];
}

/** Which process is nginx now; cheap, no configuration is read. */
export async function masterPidNow(overrides: NginxConfig, host: DiscoveryHost, last: Watched): Promise<number | null> {
  const { masters } = await findMasters(host);
  return chooseMaster(host, masters, overrides, last).master?.pid ?? null;
}

function nothingSeen(because: string): Discovery {
  const nothing = { nginx: null, settings: null, tree: null, notes: [], errorLogs: [], accessLogs: [], status: null };
  return { ...nothing, blind: because, hidden: true, notObservable: [processesUnseen(because)] };
}

/**
 * `last` is the nginx watched so far: when it is gone, it is still its configuration, logs and page that count. When
 * the kernel lacked descriptors or memory, the whole result is blind: an nginx that it did not find may exist.
 */
export async function discover(overrides: NginxConfig, host: DiscoveryHost, last: Watched = null): Promise<Discovery> {
  host.shortage();
  const found = await look(overrides, host, last);
  const shortage = host.shortage();
  return found.blind === null && shortage !== null ? nothingSeen(shortage) : found;
}

async function look(overrides: NginxConfig, host: DiscoveryHost, last: Watched): Promise<Discovery> {
  const found = await findMasters(host);
  const choice = chooseMaster(host, found.masters, overrides, last);
  const { master, trust } = choice;
  const blind = blindness(found, master, last?.masterPid ?? null);
  if (blind !== null) return nothingSeen(blind);
  const target = targetOf(host, master, overrides, last);
  const read = readConfig(host, target);
  const settings = settingsOf(host, read, master);
  const from = { pid: master?.pid ?? null, root: target.root, uid: (master ?? last)?.uid ?? null };
  const logs = logFiles(host, settings, from, overrides);
  const { configFile, prefix, build, tree } = read;
  const where = { nodes: tree?.nodes ?? [], configFile, hasModule: build.hasStubStatus, root: target.root };
  const page = chooseStatusPage(
    { ...where, settings, ownNetwork: master?.ownNetwork ?? false },
    overrides.stubStatusUrl,
  );
  const { version } = build;
  const pidFile = choice.pidFile ?? settings?.pidFile ?? null;
  return {
    nginx: master && {
      masterPid: master.pid,
      startTicks: master.startTicks,
      binary: overrides.binary ?? master.binary,
      version,
      prefix,
      configFile,
      pidFile,
      root: master.root,
      standing: trust?.standing ?? 'stranger',
      uid: master.uid,
      trustedBecause: trust?.reason ?? '',
    },
    blind: null,
    hidden: choice.hidden === true || (master === null && found.denied),
    settings,
    tree,
    notes: [...choice.notes, ...notesOf(host, master, read)],
    notObservable: [
      ...choice.notObservable,
      ...read.notObservable,
      ...(settings?.cut === undefined ? [] : [configCut(settings.cut)]),
      ...logs.notObservable,
      ...page.notObservable,
    ],
    errorLogs: logs.errorLogs,
    accessLogs: logs.accessLogs,
    status: page.status,
  };
}
