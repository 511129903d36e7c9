/**
 * Answers "What changed since?": compares new check results with those at the last change of the incident. Keeps these
 * in the store, so that a restart does not lose them.
 */

import { type Check, worstFirst } from '../checks/answer.ts';
import { runChecks } from '../checks/run-checks.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Incident } from '../core/incident.ts';
import type { CheckResult, CheckStatus } from '../core/report.ts';
import type { Thresholds } from '../findings/config.ts';
import type { Recheck } from '../slack/ports.ts';
import type { Facts } from '../store/facts.ts';

interface Kept {
  readonly at: number;
  readonly checks: readonly { readonly check: string; readonly status: CheckStatus; readonly text: string }[];
}

export interface Rechecks {
  /** Must be called at each change of an incident, with its evidence. */
  remember(incident: Incident, evidence: Evidence): void;
  /** `incident` as stored; `diagnosis` and `evidence` after a new poll. */
  compare(incident: Incident, diagnosis: Diagnosis, evidence: Evidence): Recheck;
}

const PREFIX = 'checks:';
const KEPT_MS = 7 * 24 * 60 * 60_000;

function lossLine(before: Diagnosis, now: Diagnosis): string | null {
  const words = ({ losing }: Diagnosis): string =>
    losing.now ? `${Math.round(losing.perSecond * 10) / 10} per second` : 'nothing';
  return words(before) === words(now) ? null : `losing: ${words(before)} → ${words(now)}`;
}

const sentences = (text: string): string[] => text.split(/(?<=[.!?]) (?=\S)/);

/** `1124 → 1568 refusals in the error log.`; null when more than half of the words changed. */
function merged(before: string, now: string): string | null {
  const [old, fresh] = [before.split(' '), now.split(' ')];
  if (old.length !== fresh.length) return null;
  const words = fresh.map((word, at) => (word === old[at] ? word : `${old[at]} → ${word}`));
  const others = words.filter((word) => word.includes(' → ')).length;
  return others > words.length / 2 ? null : words.join(' ');
}

/** Only the sentences that changed. */
export function changedWords(before: string, now: string): string {
  const [old, fresh] = [sentences(before), sentences(now)];
  const known = new Set(old);
  const changed = fresh.flatMap((sentence, at) => {
    if (known.has(sentence)) return [];
    return [merged(old[at] ?? '', sentence) ?? sentence];
  });
  return changed.length > 0 ? changed.join(' ') : now;
}

/** One line for each check whose status changed, or that is not ok and whose text changed. */
function differences(kept: Kept, results: readonly CheckResult[]): string[] {
  const before = new Map(kept.checks.map((known) => [known.check, known]));
  return results.flatMap(({ check, status, text }) => {
    const known = before.get(check);
    if (known === undefined) return [];
    if (known.status !== status) return [`${check}: ${known.status} → ${status}. ${text}`];
    if (status === 'ok' || known.text === text) return [];
    return [`${check}, still ${status}: ${changedWords(known.text, text)}`];
  });
}

function leadOf(incident: Incident, now: Diagnosis): string {
  if (incident.state === 'resolved') return `This incident is resolved. Now: ${now.summary}`;
  if (now.verdict === 'named' && now.cause === incident.cause) return `Still ${incident.cause}: ${now.summary}`;
  return `Was ${incident.cause}, now ${now.cause ?? now.verdict}: ${now.summary}`;
}

export function createRechecks(facts: Facts, thresholds: Thresholds, checks: readonly Check[]): Rechecks {
  const checkAll = (evidence: Evidence): CheckResult[] => worstFirst(runChecks(checks, evidence, thresholds));
  return {
    remember(incident, evidence) {
      for (const { key, value } of facts.list(PREFIX))
        if ((value as Kept).at < incident.changedAt - KEPT_MS) facts.delete(key);
      const checks = checkAll(evidence).map(({ check, status, text }) => ({ check, status, text }));
      facts.set(PREFIX + incident.id, { at: incident.changedAt, checks } satisfies Kept);
    },
    compare(incident, diagnosis, evidence) {
      const results = checkAll(evidence);
      const kept = facts.get(PREFIX + incident.id) as Kept | null;
      const lead = leadOf(incident, diagnosis);
      if (kept === null) return { text: lead, since: null, changes: [], results };
      const loss = lossLine(incident.diagnosis, diagnosis);
      return {
        text: lead,
        since: kept.at,
        changes: [...(loss === null ? [] : [loss]), ...differences(kept, results)],
        results,
      };
    },
  };
}
