/**
 * accepts − handled as a rate. A gap that stands still is history and fine; one that grows is clients being refused at
 * this moment. It stays 0 in most other kinds of loss (src/nginx/README.md §1), so `ok` here never means that all is well.
 */
import type { Evidence } from '../../core/evidence.ts';
import { perSecond, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { StubStatusCounters } from '../../core/samples/stub-status.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { REFUSED_ACCEPT } from '../log-patterns.ts';
import { activeLines, type Blind, countOf, growth, newest, perSecondOf } from '../look.ts';
import { curl } from '../shell.ts';
import { counterPoints, failureMeaning, lastCounters } from '../status-page.ts';
import type { CheckThresholds } from '../thresholds.ts';
import { rounded } from '../words.ts';

const REMEDY = 'Add `location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }`, or set nginx.stubStatusUrl';

export const check: Check = {
  id: 'gap',
  place: 20,
  does: 'accepts − handled: connections taken and dropped',
  judge: checkGap,
};

function checkGap(evidence: Evidence, thresholds: CheckThresholds): CheckResult {
  const equivalent = `${curl(evidence)} | awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ *$/ {print $1 - $2}'`;
  const lines = activeLines(evidence, REFUSED_ACCEPT, thresholds.activeMs);
  const page = newest(evidence, 'stub-status');
  const read = lastCounters(evidence);
  if (read === null && lines.length === 0) {
    return couldNotLook('gap', evidence, blindness(page), { what: 'accepts and handled', remedy: REMEDY, equivalent });
  }
  const grown = growth(counterPoints(evidence, gapOf), evidence.asOf, thresholds.activeMs);
  // The two counters are read one after the other without a lock: each worker may stand between them by one.
  const noise = evidence.settings?.workerCount ?? 1;
  const growing = grown !== null && grown.total > noise;
  const gap = read === null ? null : gapOf(read.counters);
  const unreadable = !page.ok || page.data.counters === null;
  return answer('gap', evidence, {
    status: growing || lines.length > 0 ? 'critical' : unreadable ? 'unknown' : 'ok',
    text: [
      gapText(gap, growing ? grown.perSecond : null),
      lines.length > 0 ? `The error log has ${plural(countOf(lines), 'connection')} dropped for want of a slot.` : null,
      unreadable ? `The page cannot be read now (${blindness(page).detail}).` : null,
    ],
    values: {
      accepts: read?.counters.accepts ?? null,
      handled: read?.counters.handled ?? null,
      requests: read?.counters.requests ?? null,
      gap,
      gapGrowth: grown?.total ?? null,
      droppedPerSecond: rounded(growing ? grown.perSecond : perSecondOf(lines)),
      acceptsPerSecond: rateOf(evidence, thresholds, 'accepts'),
      requestsPerSecond: rateOf(evidence, thresholds, 'requests'),
    },
    equivalent,
    basis: read === null ? [] : [read],
  });
}

function gapOf({ accepts, handled }: StubStatusCounters): number {
  return accepts - handled;
}

function blindness(page: ReturnType<typeof newest<'stub-status'>>): Blind {
  if (!page.ok) return page;
  const { fresh } = page.data;
  const reason = fresh.ok ? 'not-looked' : fresh.reason;
  return { ok: false, at: page.at, reason, detail: failureMeaning(page.data) ?? '' };
}

function gapText(gap: number | null, rate: number | null): string | null {
  if (gap === null) return null;
  if (rate !== null)
    return `accepts − handled is ${gap} and grows by ${perSecond(rate)}: accepted connections are being dropped.`;
  if (gap === 0) return 'accepts − handled is 0: nginx has dropped no accepted connection since it started.';
  return `accepts − handled is ${gap} and stands still: an old loss, nothing now.`;
}

function rateOf(evidence: Evidence, thresholds: CheckThresholds, key: 'accepts' | 'requests'): number | null {
  const grown = growth(
    counterPoints(evidence, (counters) => counters[key]),
    evidence.asOf,
    thresholds.activeMs,
  );
  return grown === null ? null : rounded(grown.perSecond);
}
