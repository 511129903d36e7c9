/** Births and deaths: which workers live, which are on their way out, reloads, restarts and crashes. */
import type { Evidence } from '../core/evidence.ts';
import type { WorkerProcess } from '../core/samples/workers.ts';
import { retirements } from '../nginx/retired-at.ts';
import { standsStill } from '../nginx/stands-still.ts';
import type { Thresholds } from './config.ts';
import { type Lines, readLines } from './log.ts';
import { inARow, type Seen, seen, within } from './samples.ts';

export interface LifeView {
  /** Workers that take new clients, of the newest look; null when the processes cannot be seen. */
  readonly current: readonly WorkerProcess[] | null;
  readonly old: readonly WorkerProcess[];
  readonly pile: {
    /** How long each of `old` has been shutting down, ms. */
    readonly ages: readonly number[];
    /** Those that have been for too long, and from how many on they are a pile. */
    readonly lingering: number;
    readonly limit: number;
  };
  /** Workers there should be: configured, noted, or else the most that were seen. At least 1. */
  readonly expected: number;
  /** True when `expected` comes from the configuration. */
  readonly expectedIsConfigured: boolean;
  /** Looks in a row, newest first, with fewer workers than expected, and the time between first and last of them. */
  readonly missingFor: number;
  readonly missingForMs: number;
  /** Times of reloads in the window, oldest first: from the log, or from all workers being replaced. */
  readonly reloads: readonly number[];
  readonly reloadLines: Lines | null;
  /** Of these, in the last minute; and whether that is a storm, or was one for most of the window. */
  readonly reloadsInLastMinute: number;
  readonly isReloadStorm: boolean;
  /** Times the master itself was replaced. */
  readonly restarts: readonly number[];
  readonly crashes: Lines | null;
  /** Pids that vanished while others of the same generation stayed: deaths, also without a log line. */
  readonly vanished: readonly { readonly pid: number; readonly at: number }[];
  readonly at: number | null;
  /** Current workers that stand still in the same state in the two newest samples: one may catch anything. */
  readonly standing: readonly WorkerProcess[];
}

/** The number of workers noted in the loose figures of a bundle; null without a note. */
function notedWorkers(facts: Readonly<Record<string, unknown>>): number | null {
  const { workers } = facts;
  return typeof workers === 'number' && Number.isInteger(workers) && workers > 0 ? workers : null;
}

/** Whether the newest look that could tell found a master; null when none could. A probe that took too long did not look. */
export function masterRuns(evidence: Evidence): boolean | null {
  const looks = evidence.history.workers ?? [];
  return looks.findLast((look) => look.ok || look.reason === 'absent')?.ok ?? null;
}

function isWorker(process: WorkerProcess): boolean {
  return process.kind === 'worker';
}

function isCurrent(process: WorkerProcess): boolean {
  return isWorker(process) && process.generation === 'current';
}

interface Steps {
  readonly reloads: number[];
  readonly restarts: number[];
  readonly vanished: { pid: number; at: number }[];
}

function sameProcesses(before: readonly WorkerProcess[], now: readonly WorkerProcess[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ pid, generation }, i) => pid === now[i]?.pid && generation === now[i]?.generation)
  );
}

/** Compares each sample of the processes with the previous one. */
function steps(looks: readonly Seen<'workers'>[]): Steps {
  const found: Steps = { reloads: [], restarts: [], vanished: [] };
  for (const [i, look] of looks.entries()) {
    const before = looks[i - 1];
    if (before === undefined) continue;
    if (
      before.data.masterPid !== look.data.masterPid ||
      before.data.masterStartedAtMs !== look.data.masterStartedAtMs
    ) {
      found.restarts.push(look.at);
      continue;
    }
    if (sameProcesses(before.data.processes, look.data.processes)) continue;
    const now = new Map(look.data.processes.map((process) => [process.pid, process]));
    const was = before.data.processes.filter(isCurrent);
    const retired = was.filter(({ pid }) => now.get(pid)?.generation === 'shutting-down');
    const gone = was.filter(({ pid }) => !now.has(pid));
    if (was.length > 0 && retired.length + gone.length === was.length && (retired.length > 0 || was.length > 1)) {
      found.reloads.push(look.at);
    } else found.vanished.push(...gone.map(({ pid }) => ({ pid, at: look.at })));
  }
  return found;
}

/** A reload seen in the processes within this time of a logged one is the same. */
const SAME_RELOAD_MS = 15_000;

function mergeReloads(logged: readonly number[], seenAt: readonly number[]): readonly number[] {
  const unlogged = seenAt.filter((at) => !logged.some((other) => Math.abs(other - at) <= SAME_RELOAD_MS));
  return [...logged, ...unlogged].sort((a, b) => a - b);
}

function expectedWorkers(evidence: Evidence): { readonly count: number; readonly configured: boolean } {
  const { settings } = evidence;
  const silent = settings?.origin === 'fragment' && settings.workerProcesses.place === null;
  const configured = silent ? null : (settings?.workerCount ?? null);
  if (configured !== null) return { count: configured, configured: true };
  const most = seen(evidence, 'workers').reduce(
    (max, { data }) => Math.max(max, data.processes.filter(isCurrent).length),
    0,
  );
  return { count: Math.max(1, notedWorkers(evidence.facts) ?? most), configured: false };
}

/** Time since each old worker began to shut down: since its successors started, or since the first sample that shows it. */
function retiredForMs(evidence: Evidence, old: readonly WorkerProcess[]): readonly number[] {
  const looks = seen(evidence, 'workers');
  const firstSeen = new Map<number, number>();
  for (const { at, data } of looks.toReversed())
    for (const { pid, generation } of data.processes) if (generation === 'shutting-down') firstSeen.set(pid, at);
  const retiredAt = retirements(looks.at(-1)?.data.processes ?? []);
  return old.map((worker) => {
    const seenAt = firstSeen.get(worker.pid) ?? evidence.asOf;
    return evidence.asOf - Math.min(seenAt, retiredAt(worker) ?? seenAt);
  });
}

const MINUTE_MS = 60_000;
/** Half the rate, kept up over the whole window, is a storm as well. */
const LASTING_SHARE = 0.5;

function reloadRate(evidence: Evidence, reloads: readonly number[], { reloadsPerMinute }: Thresholds) {
  const lately = reloads.filter((at) => at > evidence.asOf - MINUTE_MS).length;
  const lasting = reloads.length / (evidence.windowMs / MINUTE_MS) >= reloadsPerMinute * LASTING_SHARE && lately > 0;
  return { reloads, reloadsInLastMinute: lately, isReloadStorm: lately >= reloadsPerMinute || lasting };
}

function standingIn(looks: readonly Seen<'workers'>[]): readonly WorkerProcess[] {
  const [before, now] = [looks.at(-2), looks.at(-1)];
  if (before === undefined || now === undefined) return [];
  const was = new Map(before.data.processes.map(({ pid, state }) => [pid, state]));
  return now.data.processes.filter(
    (worker) => isCurrent(worker) && standsStill(worker) && was.get(worker.pid) === worker.state,
  );
}

export function readLife(
  evidence: Evidence,
  options: { readonly thresholds: Thresholds; readonly activeMs: number; readonly trendMs: number },
): LifeView {
  const looks = seen(evidence, 'workers');
  const last = within(looks, evidence.asOf, Math.max(options.activeMs, options.trendMs)).at(-1);
  const changes = steps(looks);
  const { count, configured } = expectedWorkers(evidence);
  const missing = inARow(looks, ({ data }) => data.processes.filter(isCurrent).length < count);
  const told = (group: string) => readLines(evidence, options.activeMs, group);
  const reloadLines = told('reload') ?? told('controller-reload');
  const logged = (reloadLines?.signals ?? []).flatMap(({ at, count: times }) => Array<number>(times).fill(at));
  const old =
    last?.data.processes.filter((process) => isWorker(process) && process.generation === 'shutting-down') ?? [];
  const ages = retiredForMs(evidence, old);
  return {
    current: last?.data.processes.filter(isCurrent) ?? null,
    old,
    pile: {
      ages,
      lingering: ages.filter((age) => age >= options.thresholds.oldWorkerMs).length,
      limit: options.thresholds.oldWorkersPerWorker * count,
    },
    expected: count,
    expectedIsConfigured: configured,
    missingFor: missing,
    missingForMs: missing === 0 ? 0 : (looks.at(-1)?.at ?? 0) - (looks.at(-missing)?.at ?? 0),
    ...reloadRate(evidence, mergeReloads(logged, changes.reloads), options.thresholds),
    reloadLines,
    restarts: changes.restarts,
    crashes: readLines(evidence, options.activeMs, 'worker-exited-on-signal'),
    vanished: changes.vanished,
    at: last?.at ?? null,
    standing: standingIn(within(looks, evidence.asOf, options.activeMs)),
  };
}
