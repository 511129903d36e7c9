/**
 * `npm run torture [-- --seeds N] [--only TEXT]`: every scenario against the built `gapwatch follow`, in real time, for
 * several seeds; then nginx under load with rotation. Prints one line a scenario and exits 1 when a line was lost,
 * mangled, or repeated where that cannot be excused. Then an incident told to the local Slack by processes killed at 500 points.
 */
import { parseArgs } from 'node:util';
import { storiesWithKills } from '../slack/support/kill-story.ts';
import { CommandReader } from './command-reader.ts';
import { nginxRotation } from './nginx-rotation.ts';
import { play } from './play.ts';
import { scenarios } from './scenarios.ts';
import type { Scenario, Verdict } from './stage.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '5' }, only: { type: 'string' } } });
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const chosen = scenarios.filter(({ name }) => values.only === undefined || name.includes(values.only));
const print = (text: string) => void process.stdout.write(`${text}\n`);

async function playSeeds(scenario: Scenario): Promise<boolean> {
  let passed = 0;
  const notes: string[] = [];
  for (const seed of seeds) {
    const verdict = await play(scenario, seed, (path, own) => new CommandReader(path, own));
    if (isGood(scenario, verdict)) passed += 1;
    const { lost, repeated, mangled } = verdict;
    if (lost.length + repeated.length + mangled.length > 0)
      notes.push(`seed ${seed}: lost ${lost.length}, repeated ${repeated.length}, mangled ${mangled.length}`);
  }
  print(`${passed === seeds.length ? 'ok  ' : 'FAIL'} ${passed}/${seeds.length} ${scenario.name} ${notes.join('; ')}`);
  return passed === seeds.length;
}

function isGood(scenario: Scenario, { lost, repeated, mangled }: Verdict): boolean {
  return lost.length + mangled.length === 0 && (scenario.mayRepeat === true || repeated.length === 0);
}

let failed = 0;
for (const scenario of chosen) if (!(await playSeeds(scenario))) failed += 1;
print(`${chosen.length - failed} of ${chosen.length} scenarios`);
if (values.only === undefined) {
  const result = await nginxRotation({ requests: 120_000, rotations: 11, gapsMs: [0, 50, 400] });
  print(`nginx: ${result.logged} requests logged, ${result.lost} lost, ${result.repeated} repeated`);
  if (result.lost + result.repeated > 0) failed += 1;
  const stories = await storiesWithKills(500, 10, Date.now());
  const good = stories.filter(
    ({ parents, steps }) => parents.length === 1 && parents[0]?.startsWith('Resolved') && steps.join('') === '123456',
  );
  const kills = stories.reduce((sum, { killed }) => sum + killed, 0);
  print(`slack: killed at ${kills} points, ${good.length} of ${stories.length} incidents told once and whole`);
  if (good.length < stories.length) failed += 1;
}
process.exitCode = failed > 0 ? 1 : 0;
