/**
 * Recommends the one change that gains the most time, with its numbers, or none. The fix of an incident comes before
 * more slots, because a slow upstream fills slots at any size.
 */
import type { Incident } from '../core/incident.ts';
import type { Place } from '../core/settings.ts';
import { SLOT_BYTES } from '../nginx/slot-bytes.ts';
import { plural, whole } from './words.ts';

export interface Load {
  /** Slots of the hottest worker: mean of the hourly peaks, and the highest. */
  readonly averagePeak: number;
  readonly peak: number;
  readonly slotLimit: number;
  readonly workers: number;
  /** Measured upstream sockets per client socket; null when the sockets could not be classified. */
  readonly upstreamPerClient: number | null;
  readonly proxies: boolean;
  /** Highest descriptor count of one worker, and its soft limit. */
  readonly fdPeak: number | null;
  readonly fdSoftLimit: number | null;
  /** Expected peak share within 30 days; null without a rising trend. */
  readonly expectedRatio: number | null;
  readonly slotsPlace: Place | null;
}

export interface Recommendation {
  readonly kind: 'incident-fix' | 'worker-connections' | 'descriptors' | 'none';
  /** One sentence: the change, or why there is none. */
  readonly text: string;
  readonly snippet: string | null;
  /** The figures that support it, one sentence each. */
  readonly numbers: readonly string[];
}

/** Rule of thumb of the tuning guides: 3–5 × the average peak of clients, twice that when proxying. */
const LEAST_FACTOR = 3;
const MOST_FACTOR = 5;
/** Causes for which more slots are the fix, because traffic filled them. */
export const WANTS_SLOTS: ReadonlySet<string> = new Set(['slot-capacity', 'reuse-drops']);
/** The limit cut off a peak this close to it. */
const CUT_OFF = 0.95;
const FULL_SOON = 0.8;

const at = (place: Place | null): string => (place === null ? '' : ` (${place.file}:${place.line})`);

/** The next common size: 512, 1024, 1536, 2048, 3072, 4096, 6144, … */
export function niceSlots(needed: number): number {
  let size = 512;
  while (size < needed) size = size * 1.5 >= needed && size >= 1024 ? size * 1.5 : size * 2;
  return size;
}

function mebibytes(slots: number, workers: number): string {
  const size = (slots * workers * SLOT_BYTES) / 1_048_576;
  return size < 10 ? size.toFixed(1) : whole(size);
}

function needs(load: Load): string[] {
  const { averagePeak, peak, slotLimit, upstreamPerClient, proxies } = load;
  const range = `${whole(averagePeak * LEAST_FACTOR)}–${whole(averagePeak * MOST_FACTOR)}`;
  const cut = peak >= slotLimit * CUT_OFF ? ' At least: the limit cut the peak off.' : '';
  const ratio =
    upstreamPerClient === null
      ? 'The counted slots include the client and the upstream connection of a proxied request, so the figure is not doubled.'
      : `Measured ${upstreamPerClient.toFixed(2)} upstream sockets for each client, so ${(1 + upstreamPerClient).toFixed(2)} slots a client where the rule of thumb assumes ${proxies ? 2 : 1}; the counted slots include both connections.`;
  return [
    `worker_connections this traffic needs: ${range} (3–5 × ${whole(averagePeak)}, the average hourly peak of one worker).${cut}`,
    ratio,
  ];
}

function costs(slots: number, { workers, fdPeak, peak }: Load): string[] {
  const measured = fdPeak === null || peak === 0 ? '' : ` (measured: ${(fdPeak / peak).toFixed(1)} a used slot)`;
  const fds = whole(slots * 2);
  const memory = `${mebibytes(slots, workers)} MiB for ${whole(slots)} slots in ${plural(workers, 'worker')}`;
  return [
    `Descriptors that ${whole(slots)} slots need: ${fds} a worker, a socket and a file for each slot${measured}.`,
    `Memory they cost: ${memory}, at ${SLOT_BYTES} bytes a slot, used or not, plus the buffers of used slots.`,
  ];
}

const slotsFor = ({ averagePeak }: Load): number => niceSlots(averagePeak * ((LEAST_FACTOR + MOST_FACTOR) / 2));

/** What the additional slots cost, once the incident's cause is fixed. */
const later = (load: Load): string[] =>
  load.slotLimit < load.averagePeak * LEAST_FACTOR ? costs(slotsFor(load), load) : [];

function incidentFix(incidents: readonly Incident[], load: Load | null): Recommendation | null {
  const [worst] = [...incidents]
    .filter(({ cause, severity }) => !WANTS_SLOTS.has(cause) && severity === 'critical')
    .sort((a, b) => b.lostTotal - a.lostTotal);
  const fix = worst?.diagnosis.fixes[0];
  if (worst === undefined || fix === undefined) return null;
  const not = worst.diagnosis.doNot[0];
  return {
    kind: 'incident-fix',
    text: `${fix.title}${fix.file === null || fix.line === null ? '' : ` (${fix.file}:${fix.line})`}: ${worst.cause} lost ${whole(worst.lostTotal)} clients.`,
    snippet: fix.snippet,
    numbers: [
      fix.effect,
      ...(not === undefined ? [] : [not]),
      ...(load === null ? [] : [...needs(load), ...later(load)]),
    ],
  };
}

function moreSlots(load: Load, numbers: readonly string[]): Recommendation {
  const slots = slotsFor(load);
  return {
    kind: 'worker-connections',
    text: `Raise worker_connections from ${load.slotLimit} to ${slots}${at(load.slotsPlace)}.`,
    snippet: `worker_rlimit_nofile ${slots * 2};\nevents {\n    worker_connections ${slots};\n}`,
    numbers: [...numbers, ...costs(slots, load)],
  };
}

/** `load` is null without slot samples. */
export function recommend(load: Load | null, incidents: readonly Incident[]): Recommendation {
  const mend = incidentFix(incidents, load);
  if (mend !== null) return mend;
  if (load === null) return { kind: 'none', text: 'None: slots were not measured.', snippet: null, numbers: [] };
  const numbers = needs(load);
  const { fdPeak, fdSoftLimit, slotLimit, averagePeak, expectedRatio } = load;
  const scarce = slotLimit < averagePeak * LEAST_FACTOR || (expectedRatio ?? 0) >= FULL_SOON;
  if (scarce && slotsFor(load) > slotLimit) return moreSlots(load, numbers);
  if (fdPeak !== null && fdSoftLimit !== null && fdPeak >= fdSoftLimit * FULL_SOON) {
    return {
      kind: 'descriptors',
      text: `Raise worker_rlimit_nofile to ${slotLimit * 2}: a worker used ${whole(fdPeak)} of ${whole(fdSoftLimit)} descriptors.`,
      snippet: `worker_rlimit_nofile ${slotLimit * 2};`,
      numbers: costs(slotLimit, load),
    };
  }
  return { kind: 'none', text: `None needed: ${whole(slotLimit)} slots a worker are enough.`, snippet: null, numbers };
}
