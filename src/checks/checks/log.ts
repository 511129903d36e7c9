/** Checks what the error logs contain in the window, and what their level hides. */

import type { Disputed, Evidence, SignalTally } from '../../core/evidence.ts';
import { duration, percent, plural, where } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { ErrorLog } from '../../core/settings.ts';
import { quoted } from '../../core/shell.ts';
import { drops } from '../../core/signal.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, type Lines } from '../../findings/log.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import type { Blind } from '../look.ts';

/** The most names to list per kind. */
const SHOWN = 3;

export const check: Check = {
  id: 'log',
  place: 130,
  does: 'what the error log says, by pattern',
  judge: checkLog,
};

function checkLog(evidence: Evidence, findings: Findings): CheckResult {
  const logs = evidence.settings?.errorLogs.filter(({ target }) => target !== '/dev/null') ?? [];
  const equivalent = equivalentOf(logs);
  const tallies = [...evidence.signals.values()].sort((a, b) => b.count - a.count);
  const unread = unreadLog(evidence, logs);
  if (tallies.length === 0 && unread !== null) {
    const { remedy, ...blind } = unread;
    return couldNotLook('log', evidence, blind, { what: 'The error log', remedy, equivalent });
  }
  const active = tallies.filter((tally) => evidence.asOf - tally.lastAt <= findings.activeMs);
  const losing = active.filter((tally) => isLoss(tally, findings));
  const serious = active.filter((tally) => losing.includes(tally) || isSerious(tally));
  const hidden = hiddenLevels(logs);
  const disputed = evidence.disputed ?? [];
  return answer('log', evidence, {
    status: losing.length > 0 ? 'critical' : serious.length > 0 ? 'warning' : 'ok',
    text: [
      tallies.length === 0
        ? `No line of any known pattern in the last ${duration(evidence.windowMs)}.`
        : `${plural(countOf(tallies), 'line')} of known patterns in the last ${duration(evidence.windowMs)}: ${tallies
            .slice(0, 5)
            .map((tally) => `${tally.pattern} ${tally.count}`)
            .join(', ')}.`,
      ...active.slice(0, 1).flatMap(mostlyFrom),
      losing.length > 0 ? `Still coming: ${losing.map((tally) => tally.pattern).join(', ')}.` : null,
      serious.length > losing.length
        ? `Whether it cost a client, these lines do not say: ${serious
            .filter((tally) => !losing.includes(tally))
            .slice(0, 5)
            .map((tally) => tally.pattern)
            .join(', ')}.`
        : null,
      ...disputedText(disputed),
      ...hidden,
    ],
    values: {
      lines: countOf(tallies),
      activeLines: countOf(active),
      patterns: tallies.map((tally) => valuesOf(tally, evidence.asOf)),
      hidden,
      disputed: disputed
        .slice(0, SHOWN)
        .map(({ pattern, pid, count, because }) => ({ pattern, pid, lines: count, because })),
    },
    equivalent,
    // The logs are followed, so the answer is as old as the newest line.
    basis: tallies.length === 0 ? [] : [{ at: Math.max(...tallies.map(({ lastAt }) => lastAt)) }],
  });
}

function countOf(tallies: readonly SignalTally[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0);
}

function valuesOf({ pattern, count, perSecond, lastAt, byPid, byPeer, byClient }: SignalTally, asOf: number) {
  return {
    pattern,
    count,
    perSecond,
    lastAgeMs: asOf - lastAt,
    topPids: largest([...byPid].map(([pid, lines]) => ({ pid, lines }))),
    topPeers: largest([...byPeer].map(([peer, lines]) => ({ peer, lines }))),
    topClients: largest([...byClient].map(([client, lines]) => ({ client, lines }))),
  };
}

function disputedText(disputed: readonly Disputed[]): string[] {
  const [first] = disputed;
  if (first === undefined) return [];
  const lines = disputed.reduce((sum, { count }) => sum + count, 0);
  return [`${plural(lines, 'line')} not believed, such as ${first.pattern}: ${first.because}.`];
}

/** Why no log can be read. null when one can. */
function unreadLog({ notObservable }: Evidence, logs: readonly ErrorLog[]): (Blind & { remedy: string }) | null {
  const [first, ...others] = logs.map(({ target }) => notObservable.find(({ what }) => what === `the log ${target}`));
  const unknown = { ok: false, at: null } as const;
  if (logs.length === 0) {
    const remedy = 'Name it as nginx.errorLogs in gapwatch.yml';
    return { ...unknown, reason: 'absent', detail: 'no error log is known', remedy };
  }
  if (first === undefined || others.includes(undefined)) return null;
  const { because, remedy } = first;
  return { ...unknown, reason: 'denied', detail: `${logs[0]?.target}: ${because}`, remedy: `Remedy: ${remedy}` };
}

function largest<T extends { readonly lines: number }>(named: readonly T[]): readonly T[] {
  return [...named].sort((a, b) => b.lines - a.lines).slice(0, SHOWN);
}

/** Names one process or one upstream server that causes most of many lines. Clients appear in `values` only. */
function mostlyFrom({ pattern, count, byPid, byPeer }: SignalTally): string[] {
  const named = [
    ...[...byPid].map(([pid, lines]) => ({ who: `pid ${pid}`, lines, of: byPid.size })),
    ...[...byPeer].map(([peer, lines]) => ({ who: `upstream ${peer}`, lines, of: byPeer.size })),
  ].filter(({ lines, of }) => of > 1 && lines > count / 2);
  if (named.length === 0) return [];
  const shares = named.map(({ who, lines }) => `${who} (${percent(lines / count)})`);
  return [`Most of ${pattern} is from ${shares.join(' and ')}.`];
}

/** A helper process that uses up its separate pool costs no client, nor does a master without descriptors. */
function isLoss({ pattern, last }: SignalTally, { slots, descriptors }: Findings): boolean {
  const has = (lines: Lines | null): boolean =>
    isActive(lines) && lines.signals.some((line) => line.pattern === pattern);
  if ([slots.refused, slots.starved, descriptors.emfile, descriptors.enfile].some(has)) return true;
  return last.meaning?.role === 'loss' && ![slots.helper, descriptors.masterEmfile].some(has);
}

function isSerious({ last }: SignalTally): boolean {
  return last.meaning?.role !== 'everyday' && last.level !== null && !drops('warn', last.level);
}

/**
 * "reusing connections" has level warn, reloads have notice. Both appear in the main log only (src/nginx/README.md §3).
 */
function hiddenLevels(logs: readonly ErrorLog[]): string[] {
  return logs
    .filter(({ level, context }) => context === 'main' && drops(level, 'notice'))
    .map(({ target, level, place }) => {
      const what = level === 'warn' ? 'reloads and worker exits' : 'reused connections, reloads and worker exits';
      return `error_log ${target} has level ${level}${where(place)} and hides ${what}: set it to notice.`;
    });
}

function equivalentOf(logs: readonly ErrorLog[]): string {
  const files = logs.flatMap(({ target }) => (target.startsWith('/') ? [quoted(target)] : []));
  const paths = files.length === 0 ? '/var/log/nginx/error.log' : [...new Set(files)].join(' ');
  return `grep -hoE '\\[(warn|error|crit|alert|emerg)\\]' ${paths} | sort | uniq -c`;
}
