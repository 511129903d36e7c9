/** Applying the remedy of a finding removes the finding. */
import { expect, it } from 'vitest';
import type { Objection } from '../../src/audit/rule.ts';
import { loadRules } from '../../src/service/load-rules.ts';
import { type Fixture, readFixture, settingsIn } from './fixture.ts';

/** The fixture after the remedy replaced the directive; null when the remedy adds a line elsewhere. */
function mended({ text }: Fixture, { place, remedy }: Objection): string | null {
  const [written = ''] = remedy.split('\n');
  const directive = /^[a-z_]+/.exec(written)?.[0] ?? ' ';
  const statement = /^[^;]*;/.exec(written)?.[0] ?? '';
  const lines = text.split('\n');
  const at = (place?.line ?? 0) - 1;
  const old = new RegExp(`\\b${directive} [^;]*;`);
  if (statement === '' || !old.test(lines[at] ?? '')) return null;
  lines[at] = (lines[at] ?? '').replace(old, statement);
  return lines.join('\n');
}

const objections = (await loadRules()).flatMap((rule) => {
  const fixture = readFixture(rule.id, 'bad');
  return rule.judge(fixture.settings, fixture.host).map((objection) => ({ rule, fixture, objection }));
});
const mendable = objections.flatMap(({ rule, fixture, objection }) => {
  const text = mended(fixture, objection);
  return text === null
    ? []
    : [{ id: rule.id, line: objection.place?.line, severity: objection.severity, rule, fixture, text }];
});

it('most remedies replace one line', () => {
  expect(new Set(mendable.map(({ id }) => id)).size).toBeGreaterThanOrEqual(11);
});

it.each(mendable)('$id:$line', ({ rule, fixture, text, line, severity }) => {
  // The limits of the running workers no longer apply after the change.
  const host = { ...fixture.host, workerSoftFiles: null };
  const left = rule.judge(settingsIn(text, host), host).filter(({ place }) => place?.line === line);
  // A milder finding about the new line may follow (reuseport without quic_bpf).
  expect(left.filter((one) => one.severity === severity)).toEqual([]);
});
