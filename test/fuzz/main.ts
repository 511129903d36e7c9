/**
 * `npm run fuzz [-- --seconds 60] [--seed N] [--target NAME] [--list]`: drawn inputs for everything that reads what
 * strangers write, the kept ones first. Whatever target has had the least time is next. Prints a line a target; of what
 * fails, the shrunk input, which is kept under test/fuzz/seeds/, and how to repeat it; then exits 1.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Checker } from './checker.ts';
import { type Failure, type Round, replaySeeds, runRound } from './rounds.ts';
import { jsonOf, keepSeed, keptSeeds } from './seeds.ts';
import { loadTarget, targetNames } from './target.ts';

const RUNS_PER_ROUND = 25;
const MOST_SHOWN = 2_000;
const MOST_SEED = 0x7fff_ffff;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    target: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Progress extends Round {
  rounds: number;
  spentMs: number;
  readonly kept: number;
  failed: boolean;
}

function numberOf(word: string, option: string): number {
  const number = Number(word);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${option} needs a number, not ${JSON.stringify(word)}`);
  return number;
}

function report({ name }: Round, { because, drawn }: Failure, file: string, repeat: string): void {
  const text = jsonOf(drawn);
  print(`FAIL ${name}: ${because}`);
  print(`  input: ${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}… (${text.length} characters)` : text}`);
  print(`  kept:  ${relative(process.cwd(), file)}`);
  print(`  again: npm run fuzz -- ${repeat}`);
}

async function playKept(own: Progress): Promise<void> {
  const startedAt = performance.now();
  const failure = await replaySeeds(own);
  own.spentMs += performance.now() - startedAt;
  if (failure === null) return;
  own.failed = true;
  report(own, failure, failure.file, `--target ${own.name}`);
}

async function playRound(own: Progress, firstSeed: number): Promise<void> {
  const startedAt = performance.now();
  const seed = (firstSeed + own.rounds) % MOST_SEED;
  const failure = await runRound(own, seed, RUNS_PER_ROUND);
  own.rounds += 1;
  own.spentMs += performance.now() - startedAt;
  if (failure === null) return;
  own.failed = true;
  const file = keepSeed(own.name, failure.drawn, failure.because.split('\n')[0] ?? '');
  report(own, failure, file, `--target ${own.name} --seed ${seed}`);
}

async function play(names: readonly string[], seconds: number, seed: number): Promise<boolean> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const all: Progress[] = [];
  process.once('exit', () => {
    for (const { checker } of all) checker.stop();
  });
  for (const name of names) {
    const target = await loadTarget(name);
    // A process for each: what one leaves open is not another's.
    const checker = new Checker();
    all.push({ name, target, checker, rounds: 0, spentMs: 0, kept: keptSeeds(name).length, failed: false });
  }
  const until = performance.now() + seconds * 1000;
  for (const own of all) await playKept(own);
  for (;;) {
    const next = all.filter(({ failed }) => !failed).sort((a, b) => a.spentMs - b.spentMs)[0];
    // Each gets one round at least.
    if (next === undefined || (performance.now() > until && all.every(({ rounds, failed }) => failed || rounds > 0)))
      break;
    await playRound(
      performance.now() > until ? (all.find(({ rounds, failed }) => !failed && rounds === 0) ?? next) : next,
      seed,
    );
  }
  for (const { checker } of all) checker.stop();
  for (const { name, rounds, kept, spentMs, failed } of all) {
    const counts = `${rounds} rounds, ${rounds * RUNS_PER_ROUND + kept} inputs, ${(spentMs / 1000).toFixed(1)} s`;
    print(`${failed ? 'FAIL' : 'ok  '} ${name.padEnd(18)} ${counts}`);
  }
  return all.every(({ failed }) => !failed);
}

async function list(names: readonly string[]): Promise<void> {
  for (const name of names) print(`${name.padEnd(18)} ${(await loadTarget(name)).about}`);
}

const known = targetNames();
const chosen = values.target === undefined ? known : known.filter((name) => name === values.target);
if (chosen.length === 0) {
  print(`there is no target ${values.target}; targets: ${known.join(', ')}`);
  process.exitCode = 64;
} else if (values.list) await list(chosen);
else {
  const seed = values.seed === undefined ? Date.now() % MOST_SEED : numberOf(values.seed, '--seed');
  print(`seed ${seed}`);
  process.exitCode = (await play(chosen, numberOf(values.seconds, '--seconds'), seed)) ? 0 : 1;
}
