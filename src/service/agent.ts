/**
 * The part of gapwatch that looks: discovers nginx, follows its logs, runs the probes, and hands everything on. It
 * concludes nothing. When nginx is reloaded, restarted or gone it discovers again.
 */
import type { SteadyClock } from '../core/clock.ts';
import type { NotObservable } from '../core/diagnosis.ts';
import type { Logger } from '../core/logger.ts';
import type { Sample } from '../core/sample.ts';
import type { Settings } from '../core/settings.ts';
import type { Signal } from '../core/signal.ts';
import type { NginxConfig } from '../discovery/config.ts';
import { type Discovery, discover, masterPidNow } from '../discovery/discover.ts';
import { systemHost } from '../discovery/host.ts';
import { hasEnded } from '../discovery/masters.ts';
import { mayAskListener } from '../discovery/trust.ts';
import type { ProbesConfig } from '../probe/config.ts';
import { createProbes } from '../probe/create-probes.ts';
import { createHost } from '../probe/host.ts';
import type { ProbeTarget } from '../probe/probe.ts';
import type { FollowConfig } from '../tail/config.ts';
import type { CursorStore } from '../tail/cursor.ts';
import { createLogIntake } from './log-intake.ts';
import { createPatternWatch } from './pattern-watch.ts';
import { createProbeLoop } from './probe-loop.ts';
import { loadSignalMakers } from './signal-makers.ts';

/** What the agent saw goes here. */
export interface AgentSink {
  settings(settings: Settings | null, notObservable: readonly NotObservable[]): void;
  signals(signals: readonly Signal[]): void;
  /** One round of probes. */
  samples(samples: readonly Sample[]): void;
}

export interface AgentOptions {
  readonly nginx: NginxConfig;
  readonly probes: ProbesConfig;
  readonly follow: FollowConfig;
  /** Folders of user patterns, besides our own. */
  readonly patternFolders: readonly string[];
  readonly cursors: CursorStore | null;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly sink: AgentSink;
  suspicious(): boolean;
}

export interface Agent {
  /** Resolves when nginx was looked for and the logs are followed; the probes then run by themselves. */
  start(): Promise<void>;
  /** All probes once, now, through the sink as well. */
  look(): Promise<readonly Sample[]>;
  /** Looks again sooner than the interval says. */
  hurry(): void;
  discovery(): Discovery | null;
  logStates(): ReturnType<ReturnType<typeof createLogIntake>['states']>;
  stop(): Promise<void>;
}

/** nginx is looked for again this often while there is none. */
const SEARCH_EVERY_MS = 2000;
/** A search that takes long, because some user started processes by the thousand, is followed by a rest of this many times that. */
const SEARCH_REST = 10;
/** Its configuration is asked for again this often while nothing has changed: that starts a process each time. */
const READ_EVERY_MS = 60_000;

/** What must stay the same for the settings to be still those in force. */
function generationOf(samples: readonly Sample[]): string | null {
  const workers = samples.find((sample) => sample.probe === 'workers');
  if (workers?.probe !== 'workers' || !workers.ok) return null;
  const current = workers.data.processes.filter(
    (process) => process.generation === 'current' && process.kind === 'worker',
  );
  return `${workers.data.masterPid}:${current
    .map((process) => process.pid)
    .sort()
    .join(',')}`;
}

export function createAgent(options: AgentOptions): Agent {
  const { clock, logger, sink } = options;
  const host = systemHost();
  let found: Discovery | null = null;
  let generation: string | null = null;
  let discovering: Promise<void> | null = null;
  /** By the monotonic clock; null before the first search. */
  let searchedAt: number | null = null;
  let searchAfterMs = SEARCH_EVERY_MS;
  let searching: Promise<void> | null = null;
  let readAt = 0;
  /** The nginx that ran last. One that was seen is not hidden from us, so that it is gone means something. */
  let lastSeen: Discovery['nginx'] = null;
  /** What could not be seen at the last look: said when it is new, not at every look. */
  let told: ReadonlySet<string> = new Set();

  let noted: ReadonlySet<string> = new Set();

  const patterns = createPatternWatch({
    folders: options.patternFolders,
    logger,
    reload: () => makers.reload(),
    onTrouble: () => tellSettings(),
  });
  const makers = loadSignalMakers(options.patternFolders, clock, { onWrong: patterns.wrong });
  const intake = createLogIntake({
    clock,
    logger,
    config: options.follow,
    cursors: options.cursors,
    makeSignals: makers.forSource,
    onSignals: (signals) => sink.signals(signals),
  });

  /** What was found, and what cannot be seen: the latter also changes with the patterns. */
  function tellSettings(): void {
    if (found === null) return;
    const own = patterns.trouble();
    sink.settings(found.settings, [...found.notObservable, ...(own === null ? [] : [own])]);
  }

  const rediscover = (): Promise<void> => {
    discovering ??= (async () => {
      readAt = clock.monotonicMs();
      searchedAt = readAt;
      const seen = await discover(options.nginx, host, lastSeen);
      // A look that failed changes nothing of what is known, but that it failed is said.
      found = seen.blind === null ? seen : { ...(found ?? seen), blind: seen.blind, notObservable: seen.notObservable };
      lastSeen = found.nginx ?? lastSeen;
      for (const note of seen.notes) if (!noted.has(note)) logger.info({ note }, 'discovery');
      noted = new Set(seen.notes);
      for (const { what, because, remedy } of found.notObservable) {
        if (!told.has(what)) logger.warn({ what, because, remedy }, 'something cannot be seen');
      }
      told = new Set(found.notObservable.map(({ what }) => what));
      tellSettings();
      await intake.follow(found.errorLogs, found.accessLogs);
    })()
      .catch((error: unknown) => logger.error({ err: error }, 'discovery failed'))
      .finally(() => {
        discovering = null;
      });
    return discovering;
  };

  const probeHost = createHost(clock);
  /** Inodes of the sockets at which nginx was asked. */
  let listened: readonly number[] = [];
  /** Any user can be given the pid of a master that has ended. */
  const masterPid = (): number | null => {
    const nginx = found?.nginx ?? null;
    return nginx === null || hasEnded(host, nginx) ? null : nginx.masterPid;
  };
  const isNamed = options.nginx.stubStatusUrl !== undefined;
  const mayAsk: ProbeTarget['mayAsk'] = async (address, signal) => {
    const named = { allowed: true, reason: 'nginx.stubStatusUrl names it' };
    const pid = masterPid();
    // A page that was never at a socket of this nginx (a proxy, another host) is the operator's to know.
    if (isNamed && pid === null && listened.length === 0) return named;
    const nginx = { masterPid: pid, settings: found?.settings ?? null, uid: lastSeen?.uid ?? null, listened };
    const asking = mayAskListener(probeHost, nginx, address, signal);
    const decision = await (isNamed ? asking.catch(() => null) : asking);
    // A master that shuts down closes its own sockets first.
    if (pid !== null && decision !== null && decision.inodes.length > 0) listened = decision.inodes;
    return decision === null || (isNamed && pid !== null) ? named : decision;
  };

  const target = (): ProbeTarget => ({
    masterPid: masterPid(),
    settings: found?.settings ?? null,
    statusUrl: found?.status?.url ?? null,
    statusHostHeader: found?.status?.hostHeader ?? null,
    mayAsk,
    processesHidden: found?.blind != null || (lastSeen === null && (found?.hidden ?? false)),
  });

  const lookForMaster = async (): Promise<void> => {
    const startedAt = clock.monotonicMs();
    searchedAt = startedAt;
    const isNew = (await masterPidNow(options.nginx, host, lastSeen)) !== (found?.nginx?.masterPid ?? null);
    searchAfterMs = Math.max(SEARCH_EVERY_MS, (clock.monotonicMs() - startedAt) * SEARCH_REST);
    if (isNew || startedAt - readAt >= READ_EVERY_MS) await rediscover();
  };

  const search = (): void => {
    searching ??= lookForMaster()
      .catch((err: unknown) => logger.error({ err }, 'the search for nginx failed'))
      .finally(() => {
        searching = null;
      });
  };

  const onRound = (samples: readonly Sample[]): void => {
    const access = intake.takeAccess();
    sink.samples(access === null ? samples : [...samples, access]);
    const now = generationOf(samples);
    const changed = now !== generation;
    generation = now;
    const isDue = now === null && clock.monotonicMs() - (searchedAt ?? 0) >= searchAfterMs;
    if (changed && searchedAt !== null) void rediscover();
    else if (isDue) search();
  };

  const loop = createProbeLoop({
    probes: Object.values(createProbes(probeHost)),
    config: options.probes,
    logger,
    target,
    suspicious: options.suspicious,
    onRound,
  });

  return {
    async start() {
      patterns.start();
      await rediscover();
      loop.start();
    },
    look: () => loop.runOnce(),
    hurry: () => loop.hurry(),
    discovery: () => found,
    logStates: () => intake.states(),
    async stop() {
      patterns.stop();
      await loop.stop();
      await searching;
      await discovering;
      await intake.stop();
    },
  };
}
