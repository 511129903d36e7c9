/**
 * Checks accepts − handled by its growth. A constant gap is an old loss and `ok`; a growing one means that clients are
 * refused now. The gap stays 0 in most other kinds of loss (src/nginx/README.md §1), so `ok` does not mean that no
 * client is lost.
 */
import type { Evidence } from '../../core/evidence.ts';
import { perSecond, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { type Blind, newest } from '../look.ts';
import { curl } from '../shell.ts';
import { failureMeaning } from '../status-page.ts';
import { rounded } from '../words.ts';

const REMEDY = 'Add `location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }`, or set nginx.stubStatusUrl';

export const check: Check = {
  id: 'gap',
  place: 20,
  does: 'accepts − handled: connections taken and dropped',
  judge: checkGap,
};

function checkGap(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = `${curl(evidence)} | awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ *$/ {print $1 - $2}'`;
  const { refused } = findings.slots;
  const lines = isActive(refused) ? refused : null;
  const { counters, countersAt, gap, gapGrowth, gapPerSecond, ...rates } = findings.page;
  const page = newest(evidence, 'stub-status');
  if (counters === null && lines === null) {
    return couldNotLook('gap', evidence, blindness(page), { what: 'accepts and handled', remedy: REMEDY, equivalent });
  }
  const growing = gapGrowth > 0;
  const unreadable = !page.ok || page.data.counters === null;
  return answer('gap', evidence, {
    status: growing || lines !== null ? 'critical' : unreadable ? 'unknown' : 'ok',
    text: [
      gapText(gap, growing ? gapPerSecond : null),
      lines === null ? null : `The error log has ${plural(lines.count, 'connection')} dropped for want of a slot.`,
      unreadable ? `The page cannot be read now (${blindness(page).detail}).` : null,
    ],
    values: {
      accepts: counters?.accepts ?? null,
      handled: counters?.handled ?? null,
      requests: counters?.requests ?? null,
      gap,
      gapGrowth,
      droppedPerSecond: rounded(growing ? gapPerSecond : (lines?.perSecond ?? 0)),
      acceptsPerSecond: roundedRate(rates.acceptsPerSecond),
      requestsPerSecond: roundedRate(rates.requestsPerSecond),
    },
    equivalent,
    basis: countersAt === null ? [] : [{ at: countersAt }],
  });
}

function roundedRate(perSecond: number | null): number | null {
  return perSecond === null ? null : rounded(perSecond);
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
  return `accepts − handled is ${gap} and constant: an old loss, none now.`;
}
