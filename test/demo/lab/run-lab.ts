/**
 * `npm run lab -- [SCENARIO…] [--record] [--without-service]`: drives a real nginx into every scenario while the built
 * `gapwatch run` watches, and prints the named causes, the delays and every false alarm.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { loadScenario, loadScenarios } from '../../../src/demo/lab/catalogue.ts';
import { missingNeeds } from '../../../src/demo/lab/needs.ts';
import { findNginxBinary, type NginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import type { Scenario } from '../../../src/demo/lab/scenario.ts';
import { type LabRow, renderRow, renderTotals, TABLE_HEAD } from './lab-table.ts';
import { inNamespace } from './namespace.ts';
import { type LabRunOptions, runWatched } from './run-watched.ts';

/** Set for the child inside a scenario's namespace; the last line of its output is the row as JSON. */
const INSIDE = 'GAPWATCH_LAB_INSIDE';

/** Runs this command for one scenario inside its namespace. */
function runInNamespace(scenario: Scenario, flags: readonly string[]): LabRow {
  const { namespace } = scenario;
  if (namespace === undefined) throw new Error(`${scenario.id} needs no namespace`);
  const command = [process.execPath, ...process.execArgv, import.meta.filename, scenario.id, ...flags];
  const [program = '', ...args] = inNamespace(namespace, command);
  const { stdout, stderr, status } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, [INSIDE]: '1' },
  });
  if (status !== 0) throw new Error(`inside its namespace: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as LabRow;
}

/** A failed scenario becomes a row with its error; the others still run. */
async function rowOf(
  id: string,
  binary: NginxBinary,
  options: LabRunOptions,
  flags: readonly string[],
): Promise<LabRow> {
  const scenario = await loadScenario(id);
  const missing = missingNeeds(scenario, binary);
  if (missing.length > 0) return { id, expected: scenario.expected.cause, skipped: missing };
  const here = scenario.namespace === undefined || options.insideNamespace;
  try {
    return await (here ? runWatched(scenario, binary, options) : runInNamespace(scenario, flags));
  } catch (error) {
    return { id, expected: scenario.expected.cause, broken: String(error).trim() };
  }
}

function isBad(row: LabRow): boolean {
  return row.broken !== undefined || (row.complaints ?? []).length > 0 || row.score?.ok === false;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { record: { type: 'boolean', default: false }, 'without-service': { type: 'boolean', default: false } },
  });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  // Error logs carry local time without a zone, and recordings are read anywhere.
  process.env.TZ = 'UTC';
  const binary = await findNginxBinary(process.env.PATH ?? '');
  const insideNamespace = process.env[INSIDE] !== undefined;
  const watched = !values['without-service'];
  const options = { record: values.record, watched, signal: stop.signal, insideNamespace };
  const flags = [...(values.record ? ['--record'] : []), ...(watched ? [] : ['--without-service'])];
  const ids = positionals.length > 0 ? positionals : (await loadScenarios()).map(({ id }) => id);
  if (insideNamespace) {
    process.stdout.write(`${JSON.stringify(await rowOf(ids[0] ?? '', binary, options, flags))}\n`);
    return;
  }
  process.stdout.write(`${TABLE_HEAD}\n`);
  const rows: LabRow[] = [];
  for (const id of ids) {
    if (stop.signal.aborted) break;
    const row = await rowOf(id, binary, options, flags);
    rows.push(row);
    process.stdout.write(`${renderRow(row)}\n`);
  }
  process.stdout.write(`${renderTotals(rows)}\n`);
  if (rows.some(isBad)) process.exitCode = 1;
}

await main();
