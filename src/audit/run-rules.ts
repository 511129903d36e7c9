/** Applies all rules to one configuration and sorts the findings. Pure: the caller loads the rules. */
import type { Severity } from '../core/diagnosis.ts';
import type { Settings } from '../core/settings.ts';
import type { Finding, HostFacts, Objection, Rule } from './rule.ts';

const GRAVEST_FIRST: readonly Severity[] = ['critical', 'warning', 'info'];
/** Most findings listed for each rule. A generated configuration can repeat one mistake on 100,000 sites. */
const MOST_OF_ONE_RULE = 1000;

/** `localeCompare` takes ten times as long, and there can be thousands of findings. */
const inByteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const compare = (a: Objection, b: Objection): number =>
  GRAVEST_FIRST.indexOf(a.severity) - GRAVEST_FIRST.indexOf(b.severity) ||
  inByteOrder(a.place?.file ?? '', b.place?.file ?? '') ||
  (a.place?.line ?? 0) - (b.place?.line ?? 0);

function most(objections: readonly Objection[]): readonly Objection[] {
  if (objections.length <= MOST_OF_ONE_RULE) return objections;
  const sorted = objections.toSorted(compare);
  const next = sorted[MOST_OF_ONE_RULE];
  const more = `${sorted.length - MOST_OF_ONE_RULE} more findings of this kind`;
  return [
    ...sorted.slice(0, MOST_OF_ONE_RULE),
    ...(next === undefined ? [] : [{ ...next, text: `${more}: ${next.text}` }]),
  ];
}

/** Findings by severity, then by file and line. */
export function runRules(rules: readonly Rule[], settings: Settings, host: HostFacts): Finding[] {
  const objected = rules.flatMap(({ id, reference, judge }) =>
    most(judge(settings, host)).map((objection) => ({ id, reference, objection })),
  );
  return objected
    .sort((a, b) => compare(a.objection, b.objection))
    .map(({ id, reference, objection: { place, ...said } }) => ({
      rule: id,
      ...said,
      file: place?.file ?? null,
      line: place?.line ?? null,
      reference,
    }));
}
