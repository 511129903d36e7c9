/** Series of daily peak shares for the forecast to be tried on: made up from known parts, and shaped like recorded ones. */
import { noise } from '../../support/noise.ts';

export interface DaySeries {
  readonly name: string;
  readonly values: readonly number[];
}

const DAYS = 56;

/** Roughly normal with the spread `sigma`. */
function normal(seed: number, sigma: number): () => number {
  const random = noise(seed);
  return () => (random() + random() + random()) * sigma;
}

const week = (day: number, depth: number): number => (day % 7 >= 5 ? 1 - depth : 1);

function made(name: string, value: (day: number) => number): DaySeries {
  return { name, values: Array.from({ length: DAYS }, (_, day) => Math.max(0, value(day))) };
}

function walk(name: string, seed: number, sigma: number): DaySeries {
  const step = normal(seed, sigma);
  let level = 0.5;
  return made(name, () => {
    level = Math.max(0.1, level + step());
    return level;
  });
}

/** Holidays, a campaign, two outages and a Monday peak on top of growth that bends: as a shop's edge looks. */
function shop(): DaySeries {
  const random = normal(91, 0.02);
  const weekdays = [1.12, 1.02, 1, 0.98, 1.05, 0.8, 0.74];
  return made('like a shop: weekdays, holidays, campaign, outages', (day) => {
    const holiday = [12, 13, 40].includes(day) ? 0.55 : 1;
    const campaign = day >= 24 && day < 28 ? 1.35 : 1;
    const outage = day === 19 || day === 45 ? 2 : 1;
    return (0.3 + 0.05 * Math.log1p(day)) * (weekdays[day % 7] ?? 1) * holiday * campaign * outage + random();
  });
}

/** Office hours with hardly a weekend, growing by departments: steps, not slopes. */
function office(): DaySeries {
  const random = normal(17, 0.015);
  return made('like an office: deep weekends, growth in steps', (day) => {
    const staff = 0.3 + 0.06 * Math.floor(day / 18);
    return staff * week(day, 0.8) + Math.abs(random());
  });
}

/** Long polls pile up from Monday on and fall with the release on Thursday. */
function releases(): DaySeries {
  const random = normal(29, 0.02);
  return made(
    'like a product with releases: saw-tooth',
    (day) => 0.35 + 0.03 * ((day + 4) % 7) + 0.002 * day + random(),
  );
}

export function daySeries(): readonly DaySeries[] {
  const [a, b, c, d, e, f, g] = [3, 5, 7, 11, 13, 19, 23].map((seed) => normal(seed, 0.025));
  const wild = noise(31);
  return [
    made('level with noise', () => 0.45 + (a?.() ?? 0)),
    made('straight growth', (day) => 0.3 + 0.008 * day + (b?.() ?? 0)),
    made('decline', (day) => 0.8 - 0.006 * day + (c?.() ?? 0)),
    made('weekends, no growth', (day) => 0.55 * week(day, 0.4) + (d?.() ?? 0)),
    made('weekends and growth', (day) => (0.3 + 0.007 * day) * week(day, 0.4) + (e?.() ?? 0)),
    made('growth with one wild day in eight', (day) => (wild() > 0.75 ? 1 : 0.3 + 0.006 * day + (f?.() ?? 0))),
    made('a step after a month', (day) => (day < 30 ? 0.35 : 0.6) + (g?.() ?? 0)),
    walk('random walk', 37, 0.02),
    shop(),
    office(),
    releases(),
  ];
}
