/** A worker is stopped, or one piece of work blocks its event loop. Its connections hang and its accept queue fills. */
import { type EvidenceItem, type Fix, type Losing, uncounted } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { WorkerProcess } from '../../core/samples/workers.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen, within } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

const STATES: Readonly<Record<string, string>> = {
  T: 'stopped (SIGSTOP or a debugger)',
  t: 'stopped by a tracer',
  D: 'in uninterruptible I/O (disk or NFS)',
  Z: 'a zombie',
};

/** A process leaves these states only when it is continued or detached. The other states may pass. */
const STOPPED: ReadonlySet<string> = new Set(['T', 't']);

interface Stall {
  readonly stopped: readonly WorkerProcess[];
  /** Uses a whole CPU. */
  readonly busy: readonly WorkerProcess[];
  /** Never idle, but other processes take part of the CPU. A fully used event loop looks the same. */
  readonly contended: readonly WorkerProcess[];
}

/** Workers in the same bad state in both of the two newest samples. One sample may be chance. */
function stalls(evidence: Evidence, findings: Findings): Stall | null {
  const looks = within(seen(evidence, 'workers'), evidence.asOf, findings.activeMs);
  const [before, now] = [looks.at(-2), looks.at(-1)];
  if (before === undefined || now === undefined) return null;
  const was = new Map(before.data.processes.map((process) => [process.pid, process]));
  const current = now.data.processes.filter(({ kind, generation }) => kind === 'worker' && generation === 'current');
  const busyRatio = findings.thresholds.busyWorkerCpuRatio;
  const both = (is: (worker: WorkerProcess) => boolean) =>
    current.filter((worker) => {
      const earlier = was.get(worker.pid);
      return is(worker) && earlier !== undefined && is(earlier);
    });
  const busy = both(({ cpuRatio }) => (cpuRatio ?? 0) >= busyRatio);
  return {
    stopped: findings.life.standing,
    busy,
    contended: both(({ state, cpuWantedRatio }) => (cpuWantedRatio ?? (state === 'R' ? 1 : 0)) >= busyRatio).filter(
      (worker) => !busy.includes(worker),
    ),
  };
}

function pageIsSilent({ page }: Findings): boolean {
  const { failure } = page;
  return (
    failure !== null && failure.count >= 2 && ['read-timeout', 'connect-timeout', 'timeout'].includes(failure.reason)
  );
}

/**
 * Samples in a row with waiting connections. With reuseport each worker has its own queue, which no other worker
 * empties.
 */
const WAITING_LOOKS = 2;

/** New connections are not answered, and nothing shows that any is accepted. */
function nobodyAccepts(findings: Findings): boolean {
  const { page, queues } = findings;
  const mute = pageIsSilent(findings) && page.armedAnswers === false && queues.waitingFor >= WAITING_LOOKS;
  return mute || queues.stands;
}

function symptoms(findings: Findings): boolean {
  const { queues, thresholds, intervalMs } = findings;
  const full = queues.peakRatio >= thresholds.queueFullRatio || queues.fullFor * intervalMs >= 5_000;
  return pageIsSilent(findings) || full || nobodyAccepts(findings);
}

function losing({ loss, queues }: Findings, waiting: boolean): Losing {
  const known = loss.on('queue', 'probe');
  if (known.now || !waiting) return known;
  const whose = queues.fullest === null ? '' : ` of ${queues.fullest.address}`;
  return uncounted(`connections left waiting in the accept queue${whose}`);
}

function cpuText({ pid, cpuRatio, cpuWantedRatio }: WorkerProcess): string {
  const used = `worker ${pid} uses ${percent(cpuRatio ?? 0)} of a CPU`;
  return (cpuWantedRatio ?? 0) > (cpuRatio ?? 0) + 0.1
    ? `${used} and wants ${percent(cpuWantedRatio ?? 0)}: other processes take the rest`
    : used;
}

function items(evidence: Evidence, { stopped, busy }: Stall, { page, queues }: Findings): EvidenceItem[] {
  const found = [
    ...stopped.map(({ pid, state }) =>
      item('workers.state', { value: state, text: `worker ${pid} is ${STATES[state]}`, at: evidence.asOf }),
    ),
    ...busy.map((worker) =>
      item('workers.cpu_ratio', {
        value: worker.cpuRatio ?? 0,
        unit: 'ratio',
        text: cpuText(worker),
        at: evidence.asOf,
      }),
    ),
  ];
  if (queues.fullest !== null && queues.fullest.recvQ > 0)
    found.push(
      item('listeners.queue', {
        value: queues.fullest.recvQ,
        unit: 'connections',
        text: `${queues.fullest.recvQ} of ${queues.fullest.backlog} connections wait at ${queues.fullest.address}`,
        at: evidence.asOf,
      }),
    );
  if (page.failure !== null)
    found.push(
      item('stub-status.failure', {
        value: page.failure.reason,
        text: `${plural(page.failure.count, 'fresh probe')} failed: ${page.failure.reason}${page.armedAnswers === false ? '; the connection kept open is silent too' : ''}`,
        at: page.failure.since,
      }),
    );
  return found;
}

function fixes(stopped: readonly WorkerProcess[], busy: WorkerProcess | undefined): Fix[] {
  if (stopped.length === 0) {
    return [
      fix({
        title: 'See what it is working on',
        snippet: `perf top -p ${busy?.pid}; gdb -p ${busy?.pid} -batch -ex bt`,
        effect: 'a regular expression, a Lua or njs script, synchronous disk reads (aio threads help)',
        risk: 'gdb pauses it for a moment',
      }),
    ];
  }
  return [
    fix({
      title: 'Continue it',
      snippet: stopped.map(({ pid }) => `kill -CONT ${pid}`).join('\n'),
      effect: 'a stopped process continues where it was; one in state D waits for its disk: check the disk',
      risk: 'none',
    }),
  ];
}

const COMMON = {
  nextChecks: ['workers', 'backlog', 'system'],
  doNot: ['Do not lengthen the accept queue: it only hides for longer that no worker accepts.'],
} as const;

interface Harm {
  /** New connections are not accepted. */
  readonly hurt: boolean;
  /** They wait in the queue of the stalled worker. */
  readonly waiting: boolean;
}

/** Judges by the state of the worker processes. */
function seenStalled(evidence: Evidence, findings: Findings, stall: Stall, { hurt, waiting }: Harm): Judgement {
  const { stopped, busy } = stall;
  const [first] = [...stopped, ...busy];
  const halted = stopped.length > 0;
  const count = stopped.length + busy.length;
  const [who, loop, their] =
    count > 1
      ? [`${plural(count, 'worker')} are`, 'their event loops do', 'their']
      : [`Worker ${first?.pid} is`, 'its event loop does', 'its'];
  const cpu = percent(Math.max(first?.cpuRatio ?? 0, first?.cpuWantedRatio ?? 0));
  const what = halted ? STATES[first?.state ?? 'T'] : `busy with one piece of work (${cpu} CPU), ${loop} not run`;
  return confirmed({
    ...COMMON,
    confidence: halted ? 'certain' : 'likely',
    severity: hurt || stopped.length >= findings.life.expected ? 'critical' : 'warning',
    losing: losing(findings, waiting),
    since: findings.page.failure?.since ?? null,
    summary: `${who} ${what}: ${their} connections hang${hurt ? ' and new ones are not accepted' : ''}.`,
    evidenceFor: items(evidence, stall, findings),
    fixes: fixes(stopped, first),
    lasting: stopped.some(({ state }) => STOPPED.has(state)),
  });
}

/**
 * Judges by the status page alone: new and kept-open connections are both silent, and neither slots nor descriptors
 * explain it.
 */
function soundsStalled({ page, descriptors }: Findings): boolean {
  const silent = page.failure?.reason === 'read-timeout' && page.failure.count >= 2 && page.armedAnswers === false;
  return silent && !isActive(descriptors.emfile);
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const found = stalls(evidence, findings);
  const shut = nobodyAccepts(findings);
  const stall = found && { ...found, busy: shut ? [...found.busy, ...found.contended] : found.busy };
  const halted = (stall?.stopped.length ?? 0) > 0;
  const waiting = halted ? findings.queues.waitingFor >= WAITING_LOOKS : shut;
  const hurt = waiting || symptoms(findings);
  if (stall !== null && (stall.stopped.length > 0 || (stall.busy.length > 0 && hurt))) {
    return seenStalled(evidence, findings, stall, { hurt, waiting });
  }
  if (stall !== null) {
    return ruledOut(
      'every worker runs and none is at its CPU limit in two samples in a row with new connections waiting',
    );
  }
  if (!soundsStalled(findings)) return null;
  return confirmed({
    ...COMMON,
    confidence: 'possible',
    severity: 'critical',
    losing: findings.loss.on('queue', 'probe'),
    since: findings.page.failure?.since ?? null,
    summary:
      'New connections are taken by the kernel and never answered, and the connection kept open is silent too: a worker seems stopped or blocked.',
    evidenceFor: items(evidence, { stopped: [], busy: [], contended: [] }, findings),
  });
}

export const cause: Cause = {
  id: 'stalled-worker',
  kind: 'cause',
  title: 'Stalled worker',
  means:
    'A worker is stopped, waits in the kernel, or its event loop is blocked by one long computation. No other worker accepts in its place, or not in time.',
  looksLike:
    'Connections succeed in the kernel and get no answer; Recv-Q of the listener fills; process state T or D, or a worker at 100% CPU. The log is silent.',
  fix: 'See what it waits for (`cat /proc/PID/stack`, `perf top -p PID`): continue a stopped one, move blocking disk reads to aio threads, rewrite the regular expression or script that loops.',
  differsFrom: [
    { cause: 'accept-queue-overflow', how: 'there the workers run, only too slowly for the burst' },
    { cause: 'fd-exhaustion', how: 'there a connection kept open still answers, and the log says so' },
  ],
  references: [
    'nginx src/event/ngx_event.c ngx_process_events_and_timers()',
    'man 5 proc, /proc/pid/stat state',
    'nginx docs: ngx_http_core_module, aio',
  ],
  reads: ['workers', 'listeners', 'kernel', 'stub-status'],
  consequences: ['accept-queue-overflow'],
  precedence: 20,
  judge,
};
