/** Descriptors grow while connections do not: something opens files or sockets and does not close them. */
import type { Evidence } from '../../core/evidence.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import type { Findings } from '../evidence/findings.ts';
import { seen } from '../evidence/samples.ts';
import { type Point, steadyGrowth } from '../evidence/trend.ts';
import { fix, item, number, percent } from '../words.ts';

const MIN_WATCH_MS = 120_000;
/** Besides a slot each: listeners, channels, logs, epoll, and a file for each download. */
const SPARE_FDS = 64;
const SOON_SECONDS = 6 * 3600;

function slotPoints(evidence: Evidence, pid: number): readonly Point[] {
  return seen(evidence, 'slots').flatMap(({ at, data }) => {
    const worker = data.workers.find((candidate) => candidate.pid === pid);
    return worker === undefined ? [] : [{ at, value: worker.used }];
  });
}

function watchedForMs(points: readonly Point[]): number {
  return (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { hottest, hottestPoints: points } = findings.descriptors;
  if (hottest === null || watchedForMs(points) < MIN_WATCH_MS) return null;
  const slots = slotPoints(evidence, hottest.pid);
  const used = slots.at(-1)?.value;
  const grows = steadyGrowth(points);
  if (used === undefined || grows <= 0) return null;
  const slotsGrow = steadyGrowth(slots);
  const beyond = hottest.used - 2 * used;
  if (slotsGrow > grows / 2) return ruledOut('descriptors grow with the connections');
  const left = (hottest.soft - hottest.used) / grows;
  if (beyond < SPARE_FDS || (left > SOON_SECONDS && hottest.usedRatio < 0.5)) return null;
  const text = `worker ${hottest.pid}: ${number(grows * 60)} descriptors a minute more, ${hottest.used} open, but only ${used} connections`;
  return confirmed({
    confidence: 'likely',
    severity: 'warning',
    since: points[0]?.at ?? null,
    secondsLeft: null,
    summary: `Descriptors leak: ${text}; at this rate the limit of ${hottest.soft} (${percent(hottest.usedRatio)} used) is reached in about ${number(left / 60)} min.`,
    evidenceFor: [
      item('fds.growth_per_minute', {
        value: grows * 60,
        unit: 'per minute',
        text,
        at: findings.descriptors.at ?? evidence.asOf,
      }),
    ],
    fixes: [
      fix({
        title: 'See what the descriptors are',
        snippet: `ls -l /proc/${hottest.pid}/fd | awk '{print $NF}' | sed 's/[0-9]\\+/N/g' | sort | uniq -c | sort -rn | head`,
        effect: 'the kind that grows names the culprit: log files per reload, sockets per retry, files per request',
        risk: 'none; a reload replaces the workers and buys time',
      }),
    ],
    doNot: ['Do not only raise the limit: a leak reaches any limit.'],
    nextChecks: ['fds', 'slots', 'reloads'],
  });
}

export const cause: Cause = {
  id: 'fd-leak',
  kind: 'cause',
  title: 'Descriptor leak',
  means:
    'A module, a log pipe or a script inside nginx opens descriptors per request, retry or reload and never closes them.',
  looksLike: 'Open files of a worker climb steadily while its connections stay flat; it ends in "Too many open files".',
  fix: 'Find out what the descriptors are (`ls -l /proc/PID/fd`), update or remove the module that opens them, and restart the workers to get the descriptors back meanwhile.',
  differsFrom: [{ cause: 'fd-exhaustion', how: 'there descriptors follow the load' }],
  references: ['man 5 proc, /proc/pid/fd', 'nginx docs: ngx_core_module, worker_rlimit_nofile'],
  reads: ['fds', 'slots'],
  consequences: ['fd-exhaustion', 'system-fd-exhaustion'],
  precedence: 13,
  judge,
};
