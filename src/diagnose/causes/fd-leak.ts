/**
 * The open descriptors of a worker grow while its connections do not: something opens files or sockets and never closes
 * them.
 */
import type { Evidence } from '../../core/evidence.ts';
import { number, percent } from '../../core/format.ts';
import type { FdLoad } from '../../findings/descriptors.ts';
import type { Findings } from '../../findings/findings.ts';
import { seen, seenForHours, usedByWorker } from '../../findings/samples.ts';
import { type Point, steadyGrowth } from '../../findings/trend.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

const MIN_WATCH_MS = 120_000;
/** A slow leak is visible over hours. Over minutes it is lost in the noise of the connections. */
const MIN_LONG_WATCH_MS = 3_600_000;
/** Descriptors that take no slot: listeners, channels, logs, epoll, files being sent. */
const SPARE_FDS = 64;
const SOON_SECONDS = 6 * 3600;

interface Climb {
  readonly perSecond: number;
  readonly slotsPerSecond: number;
  readonly since: number;
}

/** null when the worker was watched for less time, or its descriptors do not grow. */
function climb(fds: readonly Point[], slots: readonly Point[], watchMs: number): Climb | null {
  const since = fds[0]?.at ?? 0;
  const perSecond = steadyGrowth(fds);
  if ((fds.at(-1)?.at ?? 0) - since < watchMs || perSecond <= 0) return null;
  return { perSecond, slotsPerSecond: steadyGrowth(slots), since };
}

interface Leak extends Climb {
  readonly used: number;
  readonly secondsLeft: number;
  readonly at: number;
}

function leakIn(worker: FdLoad, leak: Leak): Judgement {
  const perMinute = leak.perSecond * 60;
  const rate =
    perMinute < 1 ? `${number(perMinute * 60)} descriptors an hour` : `${number(perMinute)} descriptors a minute`;
  const text = `worker ${worker.pid}: ${rate} more, ${worker.used} open, but only ${leak.used} connections`;
  return confirmed({
    confidence: 'likely',
    severity: 'warning',
    since: leak.since,
    secondsLeft: null,
    summary: `Descriptors leak: ${text}; at this rate the limit of ${worker.soft} (${percent(worker.usedRatio)} used) is reached in about ${leak.secondsLeft > 7200 ? `${number(leak.secondsLeft / 3600)} h` : `${number(leak.secondsLeft / 60)} min`}.`,
    evidenceFor: [
      item('fds.growth_per_minute', {
        value: perMinute,
        unit: 'per minute',
        text,
        at: leak.at,
      }),
    ],
    fixes: [
      fix({
        title: 'See what the descriptors are',
        snippet: `ls -l /proc/${worker.pid}/fd | awk '{print $NF}' | sed 's/[0-9]\\+/N/g' | sort | uniq -c | sort -rn | head`,
        effect: 'the kind that grows names the culprit: log files per reload, sockets per retry, files per request',
        risk: 'none; a reload replaces the workers and buys time',
      }),
    ],
    doNot: ['Do not only raise the limit: a leak reaches any limit.'],
    nextChecks: ['fds', 'slots', 'reloads'],
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { hottest, hottestPoints, hottestForHours } = findings.descriptors;
  if (hottest === null) return null;
  const slots = usedByWorker(seen(evidence, 'slots'))(hottest.pid);
  const used = slots.at(-1)?.value;
  if (used === undefined) return null;
  const slotsForHours = usedByWorker(seenForHours(evidence, 'slots'))(hottest.pid);
  const climbs = [
    climb(hottestPoints, slots, MIN_WATCH_MS),
    climb(hottestForHours, slotsForHours, MIN_LONG_WATCH_MS),
  ].filter((found) => found !== null);
  const leak = climbs.find(({ perSecond, slotsPerSecond }) => slotsPerSecond <= perSecond / 2);
  if (leak === undefined) return climbs.length === 0 ? null : ruledOut('descriptors grow with the connections');
  const beyond = hottest.used - 2 * used - (evidence.settings?.openFileCacheFiles ?? 0);
  const secondsLeft = (hottest.soft - hottest.used) / leak.perSecond;
  if (beyond < SPARE_FDS || (secondsLeft > SOON_SECONDS && hottest.usedRatio < 0.5)) return null;
  return leakIn(hottest, { ...leak, used, secondsLeft, at: findings.descriptors.at ?? evidence.asOf });
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
