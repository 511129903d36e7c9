/**
 * Checks what log lines claim against /proc and the status page, with the samples before and after each line. A
 * contradicted line is not evidence. A claim that leaves no trace there is judged by its writer alone (speaker.ts).
 */
import type { Evidence } from '../../core/evidence.ts';
import type { Signal } from '../../core/signal.ts';
import { countersAround, gapsAround, type Sides, sidesOf, type Use, useAround, waits } from './figures.ts';
import { areSameProcesses, isFullAndOlder, isOlder, isSameMaster, type Processes, processIn } from './processes.ts';

/** A clause that contradicts the line; `waits` until the deciding sample arrives; null without a contradiction. */
export type Verdict = string | 'waits' | null;

export interface Claim {
  /** What the probes would show if it were true. */
  readonly trace: string;
  readonly check: (signal: Signal, evidence: Evidence, processes: Processes) => Verdict;
}

const WAITS = 'waits';
/** Below this share of its limit a resource is not exhausted. */
const FAR_RATIO = 0.5;
/** One request takes at most this number of descriptors or slots. */
const MOST_EACH = 4;
/** A worker with this share of its pool in use may have been full for a moment. */
const NEARLY_FULL = 0.9;
/** After this time a reload has started workers, and a stop signal has ended the master. */
const RELOADED_MS = 5_000;
const STOPPED_MS = 10_000;

const expectedWorkers = ({ settings }: Evidence): number => Math.max(1, settings?.workerCount ?? 1);
const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

function died(pid: number | null, { at }: Signal, evidence: Evidence, processes: Processes): Verdict {
  if (pid === null) return null;
  const { before, after, soon } = processes.around(at);
  if (before !== null && soon !== null && processIn(before, pid) !== null && processIn(soon, pid) === null) return null;
  if (after === null) return waits(evidence, at, processes.newest?.at) ? WAITS : null;
  const now = processIn(after, pid);
  if (now !== null) return isOlder(now.startedAtMs, at) ? `process ${pid} is alive, and older than the line` : null;
  if (before === null) {
    const never = processes.kindOf(pid) === null && isFullAndOlder(after, at, expectedWorkers(evidence));
    return never ? `process ${pid} does not belong to this nginx, and every worker is older than the line` : null;
  }
  const unchanged = processIn(before, pid) === null && areSameProcesses(before, after);
  return unchanged
    ? `process ${pid} did not belong to this nginx, and the same processes run as before the line`
    : null;
}

const DEATH: Claim = {
  trace: 'the process has ended, and the master has started another one or has one less',
  check: (signal, evidence, processes) =>
    // The folded lines do not say which processes died.
    signal.captures.child === undefined && signal.count > 1 && processes.newest !== null
      ? 'they are too many to check each'
      : died(numberOf(signal.captures.child), signal, evidence, processes),
};

const NGINX = /^(?:nginx|openresty|tengine|angie)\b/;

/** The kernel names processes of all programs, so only those of nginx are checked. */
const KERNEL_DEATH: Claim = {
  trace: DEATH.trace,
  check: (signal, evidence, processes) => {
    const { victim, name = '' } = signal.captures;
    return NGINX.test(name) ? died(numberOf(victim), signal, evidence, processes) : null;
  },
};

function wasNearlyFull(evidence: Evidence, lineAt: number): boolean {
  const samples = (evidence.history.slots ?? []).filter(({ at }) => Math.abs(at - lineAt) < STOPPED_MS);
  return samples.some(
    (sample) =>
      sample.ok && sample.data.workers.some(({ used, limit }) => limit !== null && used >= NEARLY_FULL * limit),
  );
}

const ACCEPT_REFUSED: Claim = {
  trace: 'accepts grows and handled does not (ngx_event_accept counts before it asks for a slot)',
  check: (signal, evidence, processes) => {
    const { at, pid, connection, captures } = signal;
    const kind = pid === null ? null : processes.kindOf(pid);
    // Helpers, resolvers and timers take slots too, but accept no connections.
    const isAccept = connection === null && captures.client === undefined && captures.context === undefined;
    if (!isAccept || kind === 'cache-manager' || kind === 'cache-loader') return null;
    const { before, after, soon, waits: isWaiting } = gapsAround(evidence, at);
    if (before === null || wasNearlyFull(evidence, at)) return null;
    if (soon !== null && soon.gap > before.gap) return null;
    if (after === null) return isWaiting ? WAITS : null;
    const handled = after.handled - before.handled;
    if (after.gap > before.gap || handled <= 0) return null;
    return `accepts and handled grew alike, by ${handled}, so no accepted connection was refused`;
  },
};

const isHigh = (use: Use | null): boolean => use !== null && use.used > FAR_RATIO * use.limit;

/** The requests between two samples were too few to take what was free in both. */
function wasFree(probe: 'fds' | 'slots', noun: string): Claim['check'] {
  return ({ at, pid }, evidence) => {
    if (pid === null) return null;
    const use = useAround(evidence, probe, pid, at);
    const page = countersAround(evidence, at);
    if (use.before === null || page.before === null || isHigh(use.before) || isHigh(use.soon)) return null;
    if (use.after === null || page.after === null) return use.waits || page.waits ? WAITS : null;
    const used = Math.max(use.before.used, use.after.used);
    const limit = Math.min(use.before.limit, use.after.limit);
    const came = page.after.requests - page.before.requests + (page.after.handled - page.before.handled);
    if (used > FAR_RATIO * limit || came < 0 || limit - used <= MOST_EACH * came) return null;
    return `process ${pid} used ${used} of ${limit} ${noun} before and after, and too few requests came to take the rest`;
  };
}

const DESCRIPTORS: Claim = {
  trace: 'the process is at its limit of open files (/proc/PID/fd, /proc/PID/limits)',
  check: wasFree('fds', 'descriptors'),
};

const UPSTREAM_SLOT: Claim = {
  trace: 'the sockets of the worker fill its pool of worker_connections',
  // Modules hold slots without sockets.
  check: (signal, evidence, processes) =>
    evidence.settings === null || evidence.settings.thirdPartyModules.length > 0
      ? null
      : wasFree('slots', 'slots')(signal, evidence, processes),
};

function farFrom(noun: string, { before, after, soon, waits: isWaiting }: Sides<number>): Verdict {
  if (before === null || before >= FAR_RATIO || (soon ?? 0) >= FAR_RATIO) return null;
  if (after === null) return isWaiting ? WAITS : null;
  const most = Math.max(before, after);
  return most < FAR_RATIO ? `${noun} ${Math.round(most * 100)}% full before and after` : null;
}

const ratio = (used: number | null, max: number | null): number | null =>
  used === null || max === null || max === 0 ? null : used / max;

const SYSTEM_FILES: Claim = {
  trace: '/proc/sys/fs/file-nr is at fs.file-max',
  check: ({ at }, evidence) =>
    farFrom(
      "the system's table of open files was",
      sidesOf(evidence, 'fds', at, ({ systemUsed, systemMax }) => ratio(systemUsed, systemMax)),
    ),
};

const CONNTRACK: Claim = {
  trace: 'nf_conntrack_count is at nf_conntrack_max',
  check: ({ at }, evidence) =>
    farFrom(
      'the connection tracking table was',
      sidesOf(evidence, 'kernel', at, ({ conntrackCount, conntrackMax }) => ratio(conntrackCount, conntrackMax)),
    ),
};

const PROCESS_LIMIT: Claim = {
  trace: 'pids.current of the cgroup is at pids.max, and a worker that should run is missing',
  check: (signal, evidence, processes) => {
    const { at, captures, level } = signal;
    const sides = sidesOf(evidence, 'system', at, ({ pidsCurrent, pidsMax }) =>
      pidsMax === null ? 0 : ratio(pidsCurrent, pidsMax),
    );
    const verdict = farFrom('the process limit of the cgroup was', sides);
    // The kernel's message names no process, and a missing thread leaves no trace.
    if (verdict === null || verdict === WAITS || level === null) return verdict;
    const { after } = processes.around(at);
    const isFull = after !== null && isFullAndOlder(after, at, expectedWorkers(evidence));
    return captures.process !== undefined && isFull ? `${verdict}, and no worker is missing` : null;
  },
};

const DISK: Claim = {
  trace: 'the file system of the file has no room',
  check: ({ at, captures }, evidence) => {
    const { path = '' } = captures;
    if (!path.startsWith('/')) return null;
    const sides = sidesOf(evidence, 'system', at, ({ disks }) => {
      const own = disks
        .filter((disk) => disk.path === '/' || path === disk.path || path.startsWith(`${disk.path}/`))
        .sort((a, b) => b.path.length - a.path.length)[0];
      return own === undefined ? null : ratio(own.totalBytes - own.freeBytes, own.totalBytes);
    });
    return farFrom('its file system was', sides);
  },
};

const RELOAD: Claim = {
  trace: 'the workers are replaced, or the configuration is refused',
  check: ({ at }, { signals }, processes) => {
    const last = processes.newest;
    if (last?.data == null || last.at < at + RELOADED_MS) return null;
    const refused = [...signals.values()].some(
      ({ first, lastAt }) => first.level === 'emerg' && Math.abs(lastAt - at) < STOPPED_MS,
    );
    const { before, after } = processes.around(at);
    const unchanged = before !== null && after !== null && areSameProcesses(before, last);
    return unchanged && !refused ? 'no worker was replaced' : null;
  },
};

const ENDS_MASTER = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT']);

const STOP: Claim = {
  trace: 'the master ends, or its workers shut down',
  check: ({ at, captures }, _evidence, processes) => {
    const last = processes.newest;
    const { before } = processes.around(at);
    if (!ENDS_MASTER.has(captures.signal ?? '') || last === null || before === null) return null;
    if (last.at < at + STOPPED_MS || !isSameMaster(before, last)) return null;
    return last.data?.processes.some(({ generation }) => generation === 'shutting-down') === true
      ? null
      : 'the master still runs';
  },
};

/** Pattern id → what it claims. Patterns that are not here leave no trace that a probe sees. */
export const CLAIMS: Readonly<Record<string, Claim>> = {
  'worker-exited-on-signal': DEATH,
  'worker-exit-failed': DEATH,
  'kernel-segfault': KERNEL_DEATH,
  'kernel-oom-kill': KERNEL_DEATH,
  'kernel-oom-victim': KERNEL_DEATH,
  'worker-connections': ACCEPT_REFUSED,
  'worker-connections-upstream': UPSTREAM_SLOT,
  'accept-emfile': DESCRIPTORS,
  'socket-emfile': DESCRIPTORS,
  'open-emfile': DESCRIPTORS,
  'accept-enfile': SYSTEM_FILES,
  enfile: SYSTEM_FILES,
  'kernel-file-max': SYSTEM_FILES,
  'conntrack-full': CONNTRACK,
  'fork-failed': PROCESS_LIMIT,
  'kernel-pids-limit': PROCESS_LIMIT,
  'disk-full': DISK,
  reload: RELOAD,
  'signal-received': STOP,
};
