/** `gapwatch status [CHECK…]`: runs the quick checks once, worst first, through the code of `/nginx-status`. */
import { type Check, worst, worstFirst } from '../../checks/answer.ts';
import { runChecks } from '../../checks/run-checks.ts';
import { nearestWord } from '../../config/nearest-word.ts';
import { GapwatchError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { CheckResult } from '../../core/report.ts';
import { checkIds, loadChecks } from '../../service/load-checks.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Rates need two polls. */
const WATCH_MS = 1100;

async function asked(words: readonly string[]): Promise<readonly Check[]> {
  const known = checkIds();
  for (const word of words) {
    if (known.includes(word)) continue;
    const near = nearestWord(word, known);
    throw new GapwatchError('USAGE', `there is no check ${JSON.stringify(word)}`, {
      hint: near === null ? `Checks: ${known.join(', ')}.` : `Did you mean ${near}? Checks: ${known.join(', ')}.`,
    });
  }
  const checks = await loadChecks();
  return words.length === 0 ? checks : words.flatMap((word) => checks.filter(({ id }) => id === word));
}

function asText(results: readonly CheckResult[]): string {
  const rows = results.map(({ check, status, text, equivalent }) => {
    const indented = text.replaceAll('\n', '\n                    ');
    return `${status.padEnd(9)} ${check.padEnd(9)} ${indented}\n                    $ ${equivalent}`;
  });
  return `${redact(rows.join('\n'))}\n`;
}

export async function statusAction(checks: string[], options: StatusOptions, io: Io): Promise<void> {
  const chosen = await asked(checks);
  const { evidence, config } = await look(options.config, WATCH_MS, io);
  const results = worstFirst(runChecks(chosen, evidence, config.thresholds));
  io.stdout.write(options.json === true ? `${JSON.stringify(results)}\n` : asText(results));
  io.exit(EXIT[worst(...results.map((result) => result.status))]);
}
