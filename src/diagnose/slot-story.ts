/**
 * Words and numbers shared by all slot causes: how full the workers are, when they will be full, and who is refused.
 */
import type { EvidenceItem, Fix, Losing, Severity } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import { number, percent, plural } from '../core/format.ts';
import type { Findings } from '../findings/findings.ts';
import { isActive } from '../findings/log.ts';
import type { WorkerLoad } from '../findings/slots.ts';
import { type Confirmed, type NotIt, ruledOut } from './cause.ts';
import { lineItems } from './line-items.ts';
import { fix, item, powerOfTwo } from './words.ts';

/** What a slot cause reports in addition to its own evidence. */
export interface SlotStory {
  readonly severity: Severity;
  readonly losing: Losing;
  readonly since: number | null;
  readonly secondsLeft: number | null;
  /** `worker 7 uses 127 of 128 slots and turns clients away`. */
  readonly state: string;
  readonly evidence: readonly EvidenceItem[];
}

function workerName(pid: number | null): string {
  return pid === null ? 'a worker, on average' : `worker ${pid}`;
}

/** Log lines count as current for a while. When the pool is free again the text says so. */
function emptiedState({ slots }: Findings, asOf: number): string | null {
  if (slots.emptiedAfter === null) return null;
  const [peak] = slots.workers.toSorted((a, b) => b.peakRatio - a.peakRatio);
  if (peak === undefined || peak.pid === null) return null;
  const turned = Math.max(slots.refused?.lastAt ?? 0, slots.starved?.lastAt ?? 0);
  const until = turned === 0 ? '' : ` and clients were turned away until ${number((asOf - turned) / 1000)} s ago`;
  return `${workerName(peak.pid)} used ${number(peak.peakRatio * peak.limit)} of ${peak.limit} slots${until}; now ${number(peak.used)} are used`;
}

/** The status page has only sums, so the fill of the fullest worker is unknown. */
function averageState({ slots, page }: Findings, { used, limit }: WorkerLoad): string {
  const average = `a worker holds ${Math.round(used)} clients on average, with ${limit} slots`;
  if (slots.pressure === 'refusing') return `${average}, and one that is full turns clients away`;
  if (isActive(slots.reuse)) return `${average}, and one that is short closes idle connections`;
  return page.failure === null ? average : `${average}; the status page fails (${page.failure.reason})`;
}

/** nginx reports a full pool while the samples show room: the pool fills and empties between samples. */
function slotUse({ slots, thresholds }: Findings, { pid, used, limit, usedRatio, peakRatio }: WorkerLoad): string {
  const use = `${workerName(pid)} uses ${number(used)} of ${limit} slots`;
  const short = slots.pressure === 'refusing' || isActive(slots.reuse);
  if (!short || usedRatio >= thresholds.slotsHighRatio) return use;
  return `${use} in the last sample (${number(peakRatio * limit)} at most lately, more in between)`;
}

function slotState(findings: Findings, asOf: number): string {
  const { slots, page } = findings;
  const { hottest, pressure } = slots;
  const emptied = emptiedState(findings, asOf);
  if (emptied !== null) return emptied;
  if (hottest?.pid === null) return averageState(findings, hottest);
  const use = hottest === null ? 'a worker' : slotUse(findings, hottest);
  if (pressure === 'refusing')
    return hottest === null ? 'a worker has no free slot and turns clients away' : `${use} and clients are turned away`;
  if (pressure === 'imminent') return `${use} and is full in about ${number(hottest?.secondsToFull ?? 0)} s`;
  if (isActive(slots.reuse))
    return hottest === null
      ? 'a worker closes idle connections to free slots'
      : `${use} and closes idle connections to free slots`;
  return page.failure === null ? use : `${use}; the status page fails (${page.failure.reason})`;
}

function loadItems(at: number, { slots, thresholds }: Findings): EvidenceItem[] {
  const { hottest } = slots;
  if (hottest === null) return [];
  const { usedRatio: value, used, limit, fillPerSecond, secondsToFull } = hottest;
  const text = `${workerName(hottest.pid)}: ${number(used)} of ${limit} slots (${percent(value)})`;
  const ratio = item('slots.used_ratio', { value, unit: 'ratio', threshold: thresholds.slotsHighRatio, text, at });
  if (slots.pressure !== 'imminent') return [ratio];
  const left = secondsToFull ?? 0;
  const soon = `${number(fillPerSecond)} slots/s: full in about ${number(left)} s`;
  const threshold = thresholds.forecastMs / 1000;
  return [ratio, item('slots.seconds_to_full', { value: left, unit: 's', threshold, text: soon, at })];
}

function pageItems(at: number, { page }: Findings): EvidenceItem[] {
  const { gapGrowth: value, failure } = page;
  const found: EvidenceItem[] = [];
  if (value > 0) {
    const text = `accepts - handled grew by ${value}`;
    found.push(item('stub-status.gap_growth', { value, unit: 'connections', text, at: page.countersAt ?? at }));
  }
  if (failure !== null) {
    const text = `${plural(failure.count, 'fresh probe')} of the status page failed in a row: ${failure.reason}`;
    found.push(item('stub-status.failure', { value: failure.reason, text, at: failure.since }));
  }
  return found;
}

function slotItems(evidence: Evidence, findings: Findings): EvidenceItem[] {
  const { slots } = findings;
  const lines = (count: number) => plural(count, 'line');
  return [
    ...loadItems(slots.at ?? evidence.asOf, findings),
    ...lineItems(
      'worker-connections',
      slots.refused,
      ({ count }) => `${lines(count)} of "worker_connections are not enough": one per client turned away`,
    ),
    ...lineItems(
      'worker-connections-upstream',
      slots.starved,
      ({ count }) => `${lines(count)} of the same "while connecting to upstream": one 500 each`,
    ),
    ...lineItems('worker-connections-reuse', slots.reuse, ({ count }) => `${lines(count)} of "reusing connections"`),
    ...pageItems(evidence.asOf, findings),
  ];
}

/** null when no worker is short of slots. */
export function slotStory(evidence: Evidence, findings: Findings): SlotStory | null {
  const { slots, loss } = findings;
  if (slots.pressure === 'none') return null;
  const refusing = slots.pressure === 'refusing';
  return {
    severity: refusing ? 'critical' : 'warning',
    losing: refusing ? loss.on('accept', 'upstream-leg', 'probe') : loss.on(),
    since: slots.since,
    secondsLeft: slots.pressure === 'imminent' ? (slots.hottest?.secondsToFull ?? null) : null,
    state: slotState(findings, evidence.asOf),
    evidence: slotItems(evidence, findings),
  };
}

export function fromStory(story: SlotStory): Pick<Confirmed, 'severity' | 'losing' | 'since' | 'secondsLeft'> {
  return { severity: story.severity, losing: story.losing, since: story.since, secondsLeft: story.secondsLeft };
}

export function occupancyItem({ occupancy }: Findings): EvidenceItem {
  const { share, kind, text, at, source } = occupancy;
  return item(`${source ?? 'slots'}.${kind.replaceAll('-', '_')}`, {
    value: share ?? kind,
    unit: share === null ? 'text' : 'ratio',
    text,
    at,
  });
}

/**
 * Rules out a slot cause when something else holds the slots. null without pressure, or when the holders are unknown.
 */
export function heldByOthers({ slots, occupancy }: Findings): NotIt | null {
  if (slots.pressure === 'none' || occupancy.kind === 'unknown') return null;
  return ruledOut(`other connections hold the slots: ${occupancy.text}`);
}

/** Raises worker_connections and the descriptors it needs: at least double, rounded up to a power of two. */
export function raiseSlots(evidence: Evidence, risk: string): Fix[] {
  const setting = evidence.settings?.workerConnections ?? null;
  if (setting === null) return [];
  const to = powerOfTwo(setting.value * 2);
  const workers = evidence.settings?.workerCount ?? 1;
  return [
    fix({
      title: 'Give each worker more connection slots',
      directive: 'worker_connections',
      from: setting.value,
      to,
      place: setting.place,
      snippet: `events { worker_connections ${to}; }\nworker_rlimit_nofile ${to * 2};`,
      effect: `${workers} × ${to} slots instead of ${workers} × ${setting.value}; a proxied request takes two`,
      risk,
    }),
  ];
}
