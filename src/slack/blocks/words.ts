/** Words for figures, severities, causes and durations, the same in every message. */
import type { Confidence, Diagnosis, Severity } from '../../core/diagnosis.ts';
import { span } from '../../core/format.ts';
import type { Incident } from '../../core/incident.ts';
import type { CheckStatus } from '../../core/report.ts';

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Info',
};
export const CONFIDENCE_WORDS: Readonly<Record<Confidence, string>> = {
  certain: 'Certain',
  likely: 'Likely',
  possible: 'Possible',
};
export const STATUS_WORDS: Readonly<Record<CheckStatus, string>> = {
  critical: 'CRITICAL',
  warning: 'WARNING',
  unknown: 'UNKNOWN',
  ok: 'OK',
};
/** Worst first. */
export const STATUS_ORDER: readonly CheckStatus[] = ['critical', 'warning', 'unknown', 'ok'];

const WORDS_AS_WRITTEN: Readonly<Record<string, string>> = { fd: 'FD', tls: 'TLS', dns: 'DNS', ipv6: 'IPv6' };

/** `slow-upstream` → `Slow upstream`, `fd-leak` → `FD leak`. */
export function causeTitle(cause: string): string {
  const words = cause
    .split('-')
    .map((word) => WORDS_AS_WRITTEN[word] ?? word)
    .join(' ');
  return words.startsWith('nginx') ? words : words.charAt(0).toUpperCase() + words.slice(1);
}

/** `Slow upstream on web-1`: the name of the incident in all messages. */
export const incidentTitle = (incident: Incident): string => `${causeTitle(incident.cause)} on ${incident.host}`;

/** Three significant figures or more, thousands marked. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: size < 10 ? 2 : size < 100 ? 1 : 0 }).format(value);
}

/** The loss in one line. A figure of 0 during a loss means that it was not counted, and is left out. */
export function losingWords(losing: Diagnosis['losing']): string {
  const total = losing.total > 0 ? `${figure(losing.total)} in all` : '';
  if (!losing.now) return total === '' ? 'Nothing' : `Nothing now; ${total}`;
  const rate = losing.perSecond > 0 ? `${figure(losing.perSecond)} per second` : null;
  const now = [rate, losing.how].filter((part) => part !== null).join(': ');
  return [now === '' ? 'clients, not counted' : now, total].filter((part) => part !== '').join('; ');
}

/** How an incident ended: duration, clients lost, peak. */
export function endingWords({ openedAt, changedAt, resolvedAt, lostTotal, peakLostPerSecond }: Incident): string {
  const lost = lostTotal > 0 ? `${figure(lostTotal)} clients lost` : 'no lost client was counted';
  const peak = peakLostPerSecond > 0 ? `, at most ${figure(peakLostPerSecond)} per second` : '';
  return `After ${span((resolvedAt ?? changedAt) - openedAt)}: ${lost}${peak}.`;
}
