/**
 * Observes one host: discovers nginx, follows its logs, runs the probes and passes everything to the sink. Discovers
 * again when nginx reloads, restarts or stops. Draws no conclusions.
 */
import type { SteadyClock } from '../core/clock.ts';
import type { NotObservable } from '../core/diagnosis.ts';
import type { Logger } from '../core/logger.ts';
import { redact, redactAll } from '../core/redact.ts';
import type { Sample } from '../core/sample.ts';
import type { Settings } from '../core/settings.ts';
import type { Signal } from '../core/signal.ts';
import type { NginxConfig } from '../discovery/config.ts';
import { type Discovery, discover, masterPidNow } from '../discovery/discover.ts';
import { systemHost } from '../discovery/host.ts';
import { hasEnded } from '../discovery/masters.ts';
import { mayAskListener } from '../discovery/trust.ts';
import { pathPrefixes } from '../nginx/path-prefixes.ts';
import type { ProbesConfig } from '../probe/config.ts';
import { createHost } from '../probe/host.ts';
import type { MakeProbe, ProbeTarget } from '../probe/probe.ts';
import type { FollowConfig } from '../tail/config.ts';
import type { CursorStore } from '../tail/cursor.ts';
import { createLogIntake } from './log-intake.ts';
import { createPatternWatch } from './pattern-watch.ts';
import { createProbeLoop } from './probe-loop.ts';
import { loadSignalMakers } from './signal-makers.ts';

/** Receives what the agent observes. */
export interface AgentSink {
  settings(settings: Settings | null, notObservable: readonly NotObservable[]): void;
  signals(signals: readonly Signal[]): void;
  /** One poll. */
  samples(samples: readonly Sample[]): void;
}

export interface AgentOptions {
  readonly nginx: NginxConfig;
  readonly probes: ProbesConfig;
  readonly follow: FollowConfig;
  readonly probeMakers: readonly MakeProbe[];
  /** Folders of user patterns, in addition to the built-in catalogue. */
  readonly patternFolders: readonly string[];
  readonly cursors: CursorStore | null;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly sink: AgentSink;
  suspicious(): boolean;
}

export interface Agent {
  /** Resolves after the first discovery, when the logs are followed. The polls then run on a timer. */
  start(): Promise<void>;
  /** Runs one poll now, expensive probes included. The samples also go to the sink. */
  pollNow(): Promise<readonly Sample[]>;
  /** Starts the next poll earlier than the interval. */
  pollSoon(): void;
  discovery(): Discovery | null;
  logStates(): ReturnType<ReturnType<typeof createLogIntake>['states']>;
  stop(): Promise<void>;
}

/** Interval of the search for nginx while none runs. */
const SEARCH_EVERY_MS = 2000;
/**
 * The pause after a slow search, as a multiple of its duration. A user can slow the search down with thousands of
 * processes.
 */
const SEARCH_REST = 10;
/** Interval of reading the configuration while nothing has changed. */
const READ_EVERY_MS = 60_000;

/** Identifies the running nginx. A change means that the settings may have changed. */
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
  /** Monotonic time; null before the first search. */
  let searchedAt: number | null = null;
  let searchAfterMs = SEARCH_EVERY_MS;
  let searching: Promise<void> | null = null;
  let readAt = 0;
  /** The nginx that ran last. It was visible to this process, so its absence means that it has ended. */
  let lastSeen: Discovery['nginx'] = null;
  /** Blind spots of the last discovery. Only a new one is logged. */
  let reported: ReadonlySet<string> = new Set();

  let loggedNotes: ReadonlySet<string> = new Set();
  let prefixes: readonly string[] = [];

  const patterns = createPatternWatch({
    folders: options.patternFolders,
    logger,
    reload: () => makers.reload(),
    onTrouble: () => publishSettings(),
  });
  const makers = loadSignalMakers(options.patternFolders, clock, {
    onInvalid: patterns.reject,
    pathPrefixes: () => prefixes,
  });
  const intake = createLogIntake({
    clock,
    logger,
    config: options.follow,
    cursors: options.cursors,
    makeSignals: makers.forSource,
    onSignals: (signals) => sink.signals(signals),
  });

  /** Publishes settings and blind spots. Blind spots also change with the user patterns. */
  function publishSettings(): void {
    if (found === null) return;
    const own = patterns.trouble();
    sink.settings(found.settings, [...found.notObservable, ...(own === null ? [] : [own])]);
  }

  const rediscover = (): Promise<void> => {
    discovering ??= (async () => {
      readAt = clock.monotonicMs();
      searchedAt = readAt;
      const seen = await discover(options.nginx, host, lastSeen);
      // A failed discovery keeps the previous settings and reports its blind spots.
      found = seen.blind === null ? seen : { ...(found ?? seen), blind: seen.blind, notObservable: seen.notObservable };
      lastSeen = found.nginx ?? lastSeen;
      prefixes = pathPrefixes(found.tree);
      for (const note of seen.notes)
        if (!loggedNotes.has(note)) logger.info({ note: redact(note, 'keep') }, 'discovery');
      loggedNotes = new Set(seen.notes);
      for (const { what, because, remedy } of found.notObservable) {
        if (!reported.has(what)) logger.warn(redactAll({ what, because, remedy }, 'keep'), 'blind spot');
      }
      reported = new Set(found.notObservable.map(({ what }) => what));
      publishSettings();
      await intake.follow(found.errorLogs, found.accessLogs);
    })()
      .catch((error: unknown) => logger.error({ err: error }, 'discovery failed'))
      .finally(() => {
        discovering = null;
      });
    return discovering;
  };

  const probeHost = createHost(clock);
  /** Inodes of the sockets on which nginx answered. */
  let listened: readonly number[] = [];
  /** The kernel may give the pid of an ended master to another process. */
  const masterPid = (): number | null => {
    const nginx = found?.nginx ?? null;
    return nginx === null || hasEnded(host, nginx) ? null : nginx.masterPid;
  };
  const isNamed = options.nginx.stubStatusUrl !== undefined;
  const mayAsk: ProbeTarget['mayAsk'] = async (address, signal) => {
    const named = { allowed: true, reason: 'nginx.stubStatusUrl names it' };
    const pid = masterPid();
    // A page that this nginx never served (a proxy, another host) is the operator's choice.
    if (isNamed && pid === null && listened.length === 0) return named;
    const nginx = { masterPid: pid, settings: found?.settings ?? null, uid: lastSeen?.uid ?? null, listened };
    const asking = mayAskListener(probeHost, nginx, address, signal);
    const decision = await (isNamed ? asking.catch(() => null) : asking);
    // A master that shuts down closes its sockets first.
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

  const findMaster = async (): Promise<void> => {
    const startedAt = clock.monotonicMs();
    searchedAt = startedAt;
    const isNew = (await masterPidNow(options.nginx, host, lastSeen)) !== (found?.nginx?.masterPid ?? null);
    searchAfterMs = Math.max(SEARCH_EVERY_MS, (clock.monotonicMs() - startedAt) * SEARCH_REST);
    if (isNew || startedAt - readAt >= READ_EVERY_MS) await rediscover();
  };

  const search = (): void => {
    searching ??= findMaster()
      .catch((err: unknown) => logger.error({ err }, 'search for nginx failed'))
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
    probes: options.probeMakers.map(({ create }) => create(probeHost)),
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
    pollNow: () => loop.runOnce(),
    pollSoon: () => loop.pollSoon(),
    discovery: () => found,
    logStates: () => intake.states(),
    async stop() {
      patterns.stop();
      const stopped = intake.stop();
      await loop.stop();
      await searching;
      await discovering;
      await stopped;
    },
  };
}
