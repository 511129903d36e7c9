/**
 * `gapwatch match --count`, end to end with the whole catalogue, against ripgrep, grep -E and mtail with the same
 * expressions, in turns. Counts are held against what the generator knows it wrote.
 */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { type GeneratedLog, generateErrorLog, type LogKind } from './error-log.ts';
import { atLeast, atMost, type Row } from './row.ts';
import { median, peakMibOfNode, type Timed, timed, timedNode } from './timed.ts';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const MIB = 2 ** 20;
const ROUNDS = 5;
const catalogue = loadCatalogue();
/** The same expressions without names: ripgrep and mtail understand them. */
const expressions = catalogue.patterns.map(({ pattern }) => pattern.match.replaceAll(/\(\?<\w+>/g, '(?:'));
/** As POSIX writes them. */
const posixExpressions = expressions.map((one) =>
  one
    .replaceAll('(?:', '(')
    .replaceAll('[^\\]]', '[^]]')
    .replaceAll(/(?<!\\)\[\\d/g, '[0-9')
    .replaceAll('\\d', '[0-9]'),
);

interface Duel {
  readonly ours: readonly Timed[];
  readonly rg: readonly Timed[];
}

const matchOf = (path: string) => [COMMAND, 'match', '--count', path];

function duel(log: GeneratedLog, patternFile: string): Duel {
  const ours: Timed[] = [];
  const rg: Timed[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(timedNode(matchOf(log.path)));
    rg.push(timed('rg', ['-c', '-f', patternFile, log.path]) ?? { seconds: Number.NaN, stdout: '' });
  }
  return { ours, rg };
}

const seconds = (runs: readonly Timed[]): number => median(runs.map((run) => run.seconds));

/** Lines counted too many or too few, over all patterns and rounds. */
function miscounted(log: GeneratedLog, runs: readonly Timed[]): number {
  return runs.reduce((total, { stdout }) => {
    const counted = new Map(stdout.split('\n').map((row) => [row.split('\t')[0] ?? '', Number(row.split('\t')[1])]));
    const ids = new Set([...counted.keys(), ...log.truth.keys()].filter((id) => id !== ''));
    return total + [...ids].reduce((sum, id) => sum + Math.abs((counted.get(id) ?? 0) - (log.truth.get(id) ?? 0)), 0);
  }, 0);
}

/** Seconds a MiB, where a rival is too slow for the whole log. */
function slowRivals(directory: string, patternFile: string): { grep: number | null; mtail: number | null } {
  const small = generateErrorLog('mixed', join(directory, 'small.log'), 8 * MIB, catalogue);
  const posixFile = join(directory, 'posix.txt');
  writeFileSync(posixFile, `${posixExpressions.join('\n')}\n`);
  const grep = timed('grep', ['-E', '-c', '-f', posixFile, small.path], { ...process.env, LC_ALL: 'C' });
  const rg = timed('rg', ['-c', '-f', patternFile, small.path]);
  if (grep !== null && rg !== null && grep.stdout !== rg.stdout)
    throw new Error('grep and rg were asked for different lines');
  const program = join(directory, 'all.mtail');
  const rules = expressions.map((one, i) => `counter c${i}\n/${one.replaceAll('/', '\\/')}/ {\n  c${i}++\n}\n`);
  writeFileSync(program, rules.join(''));
  const tiny = generateErrorLog('mixed', join(directory, 'tiny.log'), MIB, catalogue);
  const mtail = timed('mtail', ['-one_shot', '-progs', program, '-logs', tiny.path, '-log_dir', directory]);
  return {
    grep: grep === null ? null : grep.seconds / (small.bytes / MIB),
    mtail: mtail === null ? null : mtail.seconds / (tiny.bytes / MIB),
  };
}

const CASES: readonly {
  readonly kind: LogKind;
  readonly mib: number;
  readonly limit: number;
  readonly name: string;
}[] = [
  { kind: 'mixed', mib: 512, limit: 0.5, name: 'match, mixed 512 MiB' },
  { kind: 'mixed', mib: 2048, limit: 0.35, name: 'match, mixed 2 GiB' },
  { kind: 'flood', mib: 512, limit: 1.6, name: 'match, every line one message, 512 MiB' },
  { kind: 'dense', mib: 128, limit: 2, name: 'match, every line any message, 128 MiB' },
  { kind: 'forged', mib: 64, limit: 2, name: 'match, forged 64 MiB' },
];

export async function benchMatch(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gapwatch-bench-'));
  try {
    const patternFile = join(directory, 'patterns.txt');
    writeFileSync(patternFile, `${expressions.join('\n')}\n`);
    const rows: Row[] = [];
    let peak = 0;
    let wrong = 0;
    for (const { kind, mib, limit, name } of CASES) {
      const log = generateErrorLog(kind, join(directory, `${kind}.log`), mib * MIB, catalogue);
      const { ours, rg } = duel(log, patternFile);
      rows.push(atMost(name, seconds(ours) / seconds(rg), 'x rg', limit));
      if (rows.length === 1) rows.push(...againstSlow(log, seconds(ours), directory, patternFile));
      peak = Math.max(peak, peakMibOfNode(matchOf(log.path)));
      wrong += miscounted(log, ours);
    }
    rows.push(atMost('match, lines miscounted or believed although forged', wrong, 'lines', 0));
    rows.push(atMost('match, peak memory', Math.max(peak, endlessLine(directory)), 'MiB', 80));
    return rows;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function againstSlow(log: GeneratedLog, ours: number, directory: string, patternFile: string): Row[] {
  const { grep, mtail } = slowRivals(directory, patternFile);
  const mib = log.bytes / MIB;
  return [
    ...(grep === null ? [] : [atMost('match, mixed 512 MiB', ours / (grep * mib), 'x grep -E', 0.06)]),
    ...(mtail === null ? [] : [atLeast('match, mixed 512 MiB', (mtail * mib) / ours, 'times as fast as mtail', 100)]),
  ];
}

/** A line of 1 GiB: a hole in a file costs no disk. */
function endlessLine(directory: string): number {
  const path = join(directory, 'endless.log');
  writeFileSync(path, '');
  truncateSync(path, 1024 * MIB);
  return peakMibOfNode(matchOf(path));
}
