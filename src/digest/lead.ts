/** Writes the first sentence of the digest: whether and when the slots run out, or that there is no trend. */
import { type Reach, recentLevel } from './forecast.ts';
import type { DigestSummary } from './summary.ts';
import { percent, plural, wordsFor } from './words.ts';

function range({ days, earliest, latest }: Reach): string {
  if (latest === null) return earliest < days ? ` (${earliest} or more)` : '';
  return earliest === latest ? '' : ` (${earliest}–${latest})`;
}

function reaches(host: string, what: string, reach: Reach): string {
  if (reach.days <= 1) return `${host} reaches ${what} of its slots within two days${range(reach)}`;
  return `${host} reaches ${what} of its slots in about ${plural(reach.days, 'day')}${range(reach)}`;
}

/** The first half of the sentence, short enough for the title of a picture. */
export function outlookOf({ host, forecast, until80, untilFull }: DigestSummary): string {
  const [first] = forecast.points;
  if (first === undefined) {
    const seen = forecast.daysSeen === 0 ? 'less than a day' : plural(forecast.daysSeen, 'day');
    return `${host} has ${seen} of data: fewer than 3 days, so no forecast.`;
  }
  const [low, high] = [percent(first.low), percent(first.high)];
  const around = low === high ? high : `${low.slice(0, -1)}–${high}`;
  if (forecast.kind === 'rising') {
    if (recentLevel(forecast) >= 0.8) {
      const next = untilFull === null ? `${host} grows` : reaches(host, 'all', untilFull);
      return `${next}, and is above 80% already.`;
    }
    if (until80 !== null) return `${reaches(host, '80%', until80)}.`;
    const ahead = plural(forecast.points.length, 'day');
    return `${host} grows by ${percent(forecast.perDay)} of its slots a day; 80% is not expected for ${ahead}.`;
  }
  if (forecast.kind === 'falling') return `${host} is falling by ${percent(-forecast.perDay)} of its slots a day.`;
  return `${host} shows no trend: the next daily peak is expected at ${around} of its slots.`;
}

/** Percentages are of the hottest worker's slots. */
export function leadOf(summary: DigestSummary): string {
  const { host, slots, slotLimit, measuredRatio, until80, untilFull } = summary;
  if (slots === null) return `${host}: no digest, because no slots were measured in this time.`;
  const limit = slotLimit === null ? '' : ` (limit ${slotLimit})`;
  const words = wordsFor(summary);
  const gap = measuredRatio < 0.9 ? ` Measured ${percent(measuredRatio)} of the time only.` : '';
  const both = recentLevel(summary.forecast) < 0.8 && until80 !== null && untilFull !== null;
  const full = both ? ` All of them are taken in about ${plural(untilFull.days, 'day')}${range(untilFull)}.` : '';
  return `${outlookOf(summary)}${full} The hottest worker peaked at ${percent(slots.peak)}${limit} at ${words.time(slots.peakAt)}.${gap}`;
}
