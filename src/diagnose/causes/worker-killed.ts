/** A worker was killed with SIGKILL: by the kernel when memory or a limit ran out, or by a person. */
import { type Fix, uncounted } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, isNginx, isStopSignal, type Lines } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix } from '../words.ts';

/** The master kills workers that do not exit within about a second after a stop signal to the master. */
const STOPPING_MS = 30_000;

function fixes(oom: Lines | null): Fix[] {
  return [
    fix({
      title: 'Find what killed it',
      snippet:
        'journalctl -k --since -15min | grep -Ei "oom|killed process"; systemctl status nginx; kubectl describe pod …',
      effect: 'memory of the host, a memory limit of the container, or a person',
      risk: 'none',
    }),
    ...(oom === null
      ? []
      : [
          fix({
            title: 'Add memory, or use less of it',
            directive: 'MemoryMax',
            snippet:
              'systemctl edit nginx   # [Service] MemoryMax=…\n# smaller: proxy_buffers, large_client_header_buffers, worker_connections',
            effect: 'the workers are not chosen by the out-of-memory killer',
            risk: 'other processes may be chosen instead',
          }),
        ]),
  ];
}

function reason(evidence: Evidence, oom: Lines | null): string {
  const memory = seen(evidence, 'system').at(-1)?.data ?? null;
  const free =
    memory?.memoryAvailableBytes != null && memory.memoryTotalBytes
      ? memory.memoryAvailableBytes / memory.memoryTotalBytes
      : null;
  return oom !== null
    ? 'the kernel ran out of memory'
    : free !== null && free < 0.05
      ? `memory is short (${percent(free)} free)`
      : 'by what is unknown';
}

/** Counts nginx processes that were killed. Several lines about one process count once. */
function killedBy(lines: Lines): number {
  const named = new Set(lines.signals.flatMap(({ captures }) => captures.child ?? captures.victim ?? []));
  return named.size > 0 && lines.signals.every(({ captures }) => captures.child === undefined)
    ? named.size
    : lines.count;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const exits = findings.lines('worker-exited-on-signal', ({ captures }) => captures.signal === '9');
  const kills = exits ?? findings.lines('oom-killed', ({ captures }) => isNginx(captures.name));
  if (!isActive(kills)) return null;
  const stopping = findings.lines(
    'signal-received',
    (signal) => isStopSignal(signal) && signal.at <= kills.lastAt && signal.at > kills.firstAt - STOPPING_MS,
  );
  if (stopping !== null) return ruledOut('the master received a stop signal and killed the rest itself');
  const killed = new Set(kills.signals.map(({ captures }) => captures.child));
  const oom = findings.lines('oom-killed', ({ captures }) => isNginx(captures.name) || killed.has(captures.victim));
  const count = killedBy(kills);
  const oomItems = lineItems(
    'kernel-oom-kill',
    oom,
    (it) =>
      `the kernel killed nginx${it.newest.captures.victim === undefined ? '' : ` (${it.newest.captures.victim})`} for want of memory`,
  );
  return confirmed({
    confidence: 'certain',
    severity: count >= 2 || oom !== null ? 'critical' : 'warning',
    losing: uncounted(`all connections of ${plural(count, 'worker that was', 'workers that were')} killed`),
    since: kills.firstAt,
    summary: `${plural(count, 'worker')} ${count === 1 ? 'was' : 'were'} killed (signal 9); ${reason(evidence, oom)}. ${count === 1 ? 'Its clients were reset.' : 'The clients of each were reset.'}`,
    evidenceFor: [
      ...lineItems(
        'worker-exited-on-signal',
        exits,
        (it) => `process ${it.newest.captures.child ?? '?'} exited on signal 9`,
      ),
      ...oomItems,
    ],
    fixes: fixes(oom),
    doNot: [
      'Do not use Active, Reading, Writing or Waiting until nginx is restarted: the dead worker’s connections stay counted.',
    ],
    nextChecks: ['workers', 'system', 'log'],
  });
}

export const cause: Cause = {
  id: 'worker-killed',
  kind: 'cause',
  title: 'Worker killed',
  means: 'A worker process ended on SIGKILL, most often by the kernel’s out-of-memory killer.',
  looksLike:
    '"worker process P exited on signal 9" with no stop signal to the master before it; in the kernel log "Out of memory: Killed process P (nginx)".',
  fix: 'Read the kernel log for the out-of-memory killer and give it memory or use less (buffers × connections, cache zones); otherwise find who sent the signal.',
  differsFrom: [
    { cause: 'worker-crash', how: 'there the worker faulted by itself' },
    { cause: 'old-workers', how: 'there many old workers run; killing them by hand leads to this' },
  ],
  references: [
    'nginx src/os/unix/ngx_process.c ngx_process_get_status()',
    'linux Documentation/admin-guide/cgroup-v2.rst memory.max',
  ],
  reads: ['worker-exited-on-signal', 'oom-killed', 'signal-received', 'system'],
  consequences: ['missing-workers'],
  precedence: 8,
  judge,
};
