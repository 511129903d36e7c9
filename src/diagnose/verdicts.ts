/** The verdicts without a cause: `healthy`, and each reason for `cannot-tell`. */
import { type Diagnosis, NOT_LOSING } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import { isoTime, number, percent, plural } from '../core/format.ts';
import type { Sample } from '../core/sample.ts';
import type { Findings } from '../findings/findings.ts';
import { isActive, wordsOf } from '../findings/log.ts';
import { type Leg, linesLost } from '../findings/loss.ts';
import type { Judged } from './rank.ts';
import { item } from './words.ts';

/** The fields of a diagnosis that depend on the verdict. */
export type Verdictless = Omit<Diagnosis, 'asOf' | 'ruledOut' | 'notObservable'>;
/** One verdict without the causes that hold beside it. */
export type Alone = Omit<Verdictless, 'alsoPresent'>;

/** Failed answers that make a loss without a cause. Single failures of a backend are normal. */
const MIN_FAILED = 10;
const FAILED_SHARE = 0.05;

const UNNAMED: Omit<Alone, 'verdict' | 'summary'> = {
  cause: null,
  confidence: 'possible',
  severity: 'info',
  losing: NOT_LOSING,
  since: null,
  evidenceFor: [],
  fixes: [],
  doNot: [],
  nextChecks: [],
};

/** Facts that show clients being served. Empty when there are none. */
function signsOfHealth(
  evidence: Evidence,
  { slots, descriptors, queues, page, access }: Findings,
  onlyLog: boolean,
): string[] {
  return [
    slots.hottest === null
      ? null
      : slots.source === 'stub-status'
        ? `a worker holds ${Math.round(slots.hottest.used)} clients on average, with ${slots.hottest.limit} slots`
        : `the fullest worker uses ${number(slots.hottest.used)} of ${slots.hottest.limit} slots (${percent(slots.hottest.usedRatio)})`,
    descriptors.hottest === null ? null : `${descriptors.hottest.used} of ${descriptors.hottest.soft} descriptors`,
    queues.fullest === null
      ? null
      : `the longest accept queue holds ${queues.fullest.recvQ} of ${queues.fullest.backlog}`,
    page.failure === null && page.counters !== null ? 'the status page answers' : null,
    access.known ? `${plural(access.requests, 'request')} logged lately` : null,
    onlyLog && logWasRead(evidence)
      ? 'the error log was read and shows none; nothing else was sampled'
      : evidence.errorLogRead === true
        ? 'the error log shows none'
        : null,
  ].filter((part) => part !== null);
}

function logWasRead({ errorLogRead, signals }: Evidence): boolean {
  return errorLogRead === true || signals.size > 0;
}

/** The share of requests given up by clients (499) at which slow answers become likely. Single ones are normal. */
const GIVEN_UP_SHARE = 0.2;

function givenUp({ access }: Findings): string | null {
  const left = access.status(499);
  if (left < MIN_FAILED || left < GIVEN_UP_SHARE * access.requests) return null;
  return `${left} of ${plural(access.requests, 'request')} were given up by their clients (499): check how long the backend takes.`;
}

/** Application errors pass through nginx to the clients. nginx loses no connection, but clients are not served. */
function answeredBadly({ access }: Findings): string | null {
  const failed = access.status(500);
  if (failed < MIN_FAILED || failed < FAILED_SHARE * access.requests) return null;
  return `${failed} of ${plural(access.requests, 'request')} were answered with 500: connections are fine, check the application’s own log.`;
}

export function healthy(evidence: Evidence, findings: Findings, notes: readonly Judged[]): Alone {
  const { slots } = findings;
  const left = givenUp(findings) ?? answeredBadly(findings);
  const onlyLog = tellingLooks(evidence) === 0;
  const parts = signsOfHealth(evidence, findings, onlyLog);
  const facts = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  const remarks = notes.map(({ judgement }) => ` ${judgement.summary}`).join('');
  return {
    ...UNNAMED,
    verdict: 'healthy',
    confidence: onlyLog
      ? 'possible'
      : left === null && slots.hottest !== null && slots.source !== 'stub-status'
        ? 'certain'
        : 'likely',
    summary: `No client is being lost${facts}.${left === null ? '' : ` But ${left}`}${remarks}`,
    evidenceFor: notes.flatMap(({ judgement }) => judgement.evidenceFor),
  };
}

/** A failed status page sample and an access log without lines say nothing about health. */
function tells(sample: Sample): boolean {
  if (!sample.ok) return false;
  if (sample.probe === 'stub-status') return sample.data.counters !== null;
  return sample.probe !== 'access' || sample.data.requests > 0;
}

function tellingLooks({ history }: Evidence): number {
  const samples: readonly Sample[] = Object.values(history).flat();
  return samples.filter(tells).length;
}

/** gapwatch could not sample just now (no descriptor left, an I/O error). Older samples do not prove health. */
export function lookFailed({ latest }: Evidence): Alone | null {
  const looks = [latest.workers, latest.slots, latest.fds];
  const page = latest['stub-status'];
  if (looks.some((look) => look?.ok === true) || (page?.ok === true && page.data.counters !== null)) return null;
  const failed = looks.find((look) => look?.ok === false && look.reason === 'failed');
  if (failed?.ok !== false) return null;
  const summary = `gapwatch cannot sample nginx now (${failed.detail}).`;
  return { ...UNNAMED, verdict: 'cannot-tell', summary, nextChecks: ['system', 'workers', 'log'] };
}

/** null when there is enough evidence to call the host healthy. */
export function nothingToSee(evidence: Evidence, findings: Findings): Verdictless | null {
  const { page } = findings;
  const looks = tellingLooks(evidence);
  const unproven = looks === 1 && (page.gap ?? 0) > 0;
  const anything = logWasRead(evidence) || signsOfHealth(evidence, findings, looks === 0).length > 0;
  if (anything && !unproven) return null;
  return {
    ...UNNAMED,
    verdict: 'cannot-tell',
    alsoPresent: [],
    summary: unproven
      ? `accepts is ${page.gap} above handled, and one reading cannot tell whether that is history or happening now.`
      : page.failure === null
        ? 'Nothing could be observed: no probe answered and no log line was recognised.'
        : `The status page could not be read (${page.failure.reason}), and nothing else was sampled.`,
    nextChecks: unproven ? ['gap', 'log'] : ['system', 'workers', 'log'],
  };
}

const LEGS: readonly Leg[] = ['accept', 'upstream-leg', 'descriptors', 'queue', 'probe'];

/** Clients are lost and no cause holds. */
export function unexplainedLoss(findings: Findings): Alone | null {
  const legs: readonly Leg[] = findings.access.badGateways.areMany ? [...LEGS, 'bad-gateway'] : LEGS;
  const losing = findings.loss.on(...legs);
  if (!losing.now) return null;
  return {
    ...UNNAMED,
    verdict: 'cannot-tell',
    severity: 'critical',
    losing,
    since: isoTime(findings.page.failure?.since ?? null),
    summary: `Clients are being lost (${losing.how}), and no evidence shows why.`,
    nextChecks: ['slots', 'fds', 'backlog', 'workers', 'log'],
  };
}

/** Requests fail with an nginx error that no cause covers. */
export function unexplainedFailures(findings: Findings): Alone | null {
  const failed = findings.lines('request-failed');
  if (!isActive(failed)) return null;
  return {
    ...UNNAMED,
    verdict: 'cannot-tell',
    severity: 'warning',
    losing: linesLost(failed, 'requests that ended in an error'),
    since: isoTime(failed.firstAt),
    summary: `${plural(failed.recent, 'request')} failed lately, and no known cause of connection loss explains it; nginx says: ${wordsOf(failed.newest)}`,
    evidenceFor: [
      item(failed.newest.pattern, {
        value: failed.count,
        unit: 'lines',
        text: plural(failed.count, 'such line'),
        at: failed.lastAt,
      }),
    ],
    nextChecks: ['upstreams', 'log'],
  };
}

/** The share of requests given up by clients that counts as a loss. */
const MOST_GAVE_UP = 0.5;

/** Bad answers that the access log alone does not explain. null when other sources were read too. */
function strangeAnswers({ errorLogRead }: Evidence, { access, slots, page }: Findings): string | null {
  const [gaveUp, failed] = [access.status(499), access.status(500)];
  const ownFailures = failed - access.upstreams.reduce((sum, { errors5xx }) => sum + errors5xx, 0);
  const many = (count: number, share: number) => count >= MIN_FAILED && count >= share * access.requests;
  const allRequests = plural(access.requests, 'request');
  if (page.counters === null && slots.hottest === null && many(gaveUp, MOST_GAVE_UP))
    return `${gaveUp} of ${allRequests} were given up by their clients (499): what they waited for is unknown.`;
  if (errorLogRead !== true && slots.source !== 'slots' && many(ownFailures, FAILED_SHARE))
    return `${failed} of ${allRequests} were answered with 500: by the application, or by nginx for want of a slot or a descriptor; its error log would show which.`;
  return null;
}

/** Many clients get errors, and nothing shows whether nginx or the application is at fault. */
export function unexplainedAnswers(evidence: Evidence, findings: Findings): Alone | null {
  const summary = strangeAnswers(evidence, findings);
  if (summary === null) return null;
  return {
    ...UNNAMED,
    verdict: 'cannot-tell',
    severity: 'warning',
    summary,
    nextChecks: ['upstreams', 'log', 'slots'],
  };
}

/** The state is certain and its cause is unknown. */
export function symptomOnly({ judgement }: Judged): Alone {
  const { severity, losing, since, summary, evidenceFor, doNot, nextChecks, confidence } = judgement;
  return {
    ...UNNAMED,
    verdict: 'cannot-tell',
    confidence,
    severity,
    losing,
    since: isoTime(since),
    summary,
    evidenceFor,
    doNot,
    nextChecks,
  };
}

export function cannotTellBetween(winner: Judged, rivals: readonly Judged[]): Alone {
  const all = [winner, ...rivals];
  const names = all.map(({ cause }) => cause.id).join(' or ');
  const { judgement } = winner;
  return {
    ...symptomOnly(winner),
    confidence: 'possible',
    summary: `Either ${names}: ${plural(all.length, 'cause')} fit, and the evidence that would decide between them is missing. ${judgement.summary}`,
    evidenceFor: all.flatMap((judged) => judged.judgement.evidenceFor),
    nextChecks: [...new Set(all.flatMap((judged) => judged.judgement.nextChecks))],
  };
}
