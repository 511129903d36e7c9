/** Renders check results: one in full, or all as a table, worst first. */

import { span } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { Recheck } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks } from './limits.ts';
import { bullets, code, context, date, fallback, header, mrkdwn, paragraph, table, utcMinute } from './text.ts';
import { STATUS_ORDER, STATUS_WORDS } from './words.ts';

function valueText(value: unknown): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** When the oldest sample of an answer was taken. */
function freshness({ asOf, ageMs }: CheckResult) {
  if (asOf === null || ageMs === null) return mrkdwn`Never sampled`;
  return mrkdwn`As of ${date(Date.parse(asOf))}, ${span(ageMs)} old`;
}

const worstFirst = (results: readonly CheckResult[]): CheckResult[] =>
  [...results].sort((a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status));

function checkBlocks(result: CheckResult): Block[] {
  const values = Object.entries(result.values).map(([name, value]) => `${name}: ${valueText(value)}`);
  return [
    paragraph(result.text),
    ...(values.length === 0 ? [] : [code('Figures', values.join('\n'))]),
    code('The same from a shell', result.equivalent),
    context(freshness(result)),
  ];
}

/** One check in full. */
export function checkAnswer(result: CheckResult, host: string): Rendered {
  const title = `${STATUS_WORDS[result.status]}: ${result.check} on ${host}`;
  return { text: fallback(`${title}. ${result.text}`), blocks: fitBlocks([header(title), ...checkBlocks(result)]) };
}

/** All checks: the worst in words, all in a table. `lead` replaces the sentence of the worst. */
export function checksTable(results: readonly CheckResult[], host: string, lead: string | null = null): Rendered {
  const sorted = worstFirst(results);
  const worst = sorted[0];
  const title = worst === undefined ? `No checks on ${host}` : `${STATUS_WORDS[worst.status]}: ${host}`;
  const sentence = lead ?? (worst === undefined ? 'Nothing has been sampled yet.' : `${worst.check}: ${worst.text}`);
  const rows = sorted.map(({ status, check, text, ageMs }) => [
    STATUS_WORDS[status],
    check,
    text,
    ageMs === null ? 'never' : span(ageMs),
  ]);
  const oldest = sorted.reduce<CheckResult | null>(
    (found, result) => ((result.ageMs ?? -1) > (found?.ageMs ?? -1) ? result : found),
    null,
  );
  const asOf = oldest?.asOf ?? null;
  return {
    text: fallback(`${title}. ${sentence}${asOf === null ? '' : ` As of ${utcMinute(Date.parse(asOf))}.`}`),
    blocks: fitBlocks([
      header(title),
      paragraph(sentence),
      ...(rows.length === 0 ? [] : [table([['Status', 'Check', 'Finding', 'Age'], ...rows])]),
      context(
        ...(oldest === null ? [] : [freshness(oldest)]),
        mrkdwn`One check with its shell command: \`/nginx-status CHECK\``,
      ),
    ]),
  };
}

/** The answer to Re-run Checks: the diagnosis, the differences, then all checks. */
export function recheckAnswer({ text, since, changes, results }: Recheck, host: string): Rendered {
  const all = checksTable(results, host, text);
  const [title, lead, ...rest] = all.blocks;
  const shown = changes.slice(0, 15);
  const more = changes.length > shown.length ? [`and ${changes.length - shown.length} more`] : [];
  const difference =
    since === null
      ? context('There is nothing to compare: gapwatch has no check results from the last change of this incident.')
      : changes.length === 0
        ? context(mrkdwn`No check changed since ${date(since)}`)
        : bullets(`Changed since ${utcMinute(since)}`, [...shown, ...more]);
  const blocks = [title, lead, difference, ...rest].filter((block) => block !== undefined);
  return { ...all, blocks: fitBlocks(blocks) };
}

/** Many hosts: one line for each with its worst result, worst first. */
export function fleetTable(
  hosts: readonly { readonly host: string; readonly results: readonly CheckResult[] }[],
): Rendered {
  const worst = hosts
    .map(({ host, results }) => ({ host, result: worstFirst(results)[0] }))
    .sort((a, b) => rank(a.result) - rank(b.result));
  const rows = worst.map(({ host, result }) => [
    STATUS_WORDS[result?.status ?? 'unknown'],
    host,
    result === undefined ? 'nothing sampled yet' : `${result.check}: ${result.text}`,
  ]);
  const bad = worst.filter(({ result }) => result?.status !== 'ok').length;
  const lead = bad === 0 ? `All ${hosts.length} hosts are well.` : `${bad} of ${hosts.length} hosts need attention.`;
  return {
    text: fallback(lead),
    blocks: fitBlocks([header('All hosts'), paragraph(lead), table([['Status', 'Host', 'Worst finding'], ...rows])]),
  };
}

const rank = (result: CheckResult | undefined): number => STATUS_ORDER.indexOf(result?.status ?? 'unknown');
