/** `gapwatch status [CHECK…]`: the quick checks once, worst first; the same code path as `/nginx-status`. */
import { worst, worstFirst } from '../../checks/answer.ts';
import { runChecks } from '../../checks/run-checks.ts';
import { nearestWord } from '../../config/nearest-word.ts';
import { GapwatchError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { CHECK_IDS, type CheckId, type CheckResult } from '../../core/report.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Two rounds of probes: rates need two. */
const WATCH_MS = 1100;

function asked(words: readonly string[]): readonly CheckId[] {
  return words.map((word) => {
    const id = CHECK_IDS.find((known) => known === word);
    if (id !== undefined) return id;
    const near = nearestWord(word, CHECK_IDS);
    throw new GapwatchError('USAGE', `there is no check ${JSON.stringify(word)}`, {
      hint:
        near === null ? `Checks: ${CHECK_IDS.join(', ')}.` : `Did you mean ${near}? Checks: ${CHECK_IDS.join(', ')}.`,
    });
  });
}

function asText(results: readonly CheckResult[]): string {
  const rows = results.map(({ check, status, text, equivalent }) => {
    const indented = text.replaceAll('\n', '\n                    ');
    return `${status.padEnd(9)} ${check.padEnd(9)} ${indented}\n                    $ ${equivalent}`;
  });
  return `${redact(rows.join('\n'))}\n`;
}

export async function statusAction(checks: string[], options: StatusOptions, io: Io): Promise<void> {
  const ids = asked(checks);
  const { evidence, config } = await look(options.config, WATCH_MS, io);
  const results = worstFirst(runChecks(evidence, config.thresholds, ids.length === 0 ? CHECK_IDS : ids));
  io.stdout.write(options.json === true ? `${JSON.stringify(results)}\n` : asText(results));
  io.exit(EXIT[worst(...results.map((result) => result.status))]);
}
