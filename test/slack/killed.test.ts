/** SIGKILL in the middle of calls, with answers lost on top: one message, its last state, every note once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createWorkbench, type Workbench } from '../../src/workbench/workbench.ts';

const CHILD = join(import.meta.dirname, 'support/doomed.ts');
const LIVES = 6;

function birth(bench: Workbench, path: string): ChildProcess {
  const args = ['--import', 'tsx', CHILD, bench.apiUrl, bench.botToken, bench.appToken, path];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const sent = ({ calls }: Workbench): number => calls.filter(({ method }) => method.startsWith('chat.')).length;

it('leaves one parent in its last state and every note once, killed at several points of an incident', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-killed-'));
  const bench = await createWorkbench();
  let child: ChildProcess | null = null;
  onTestFinished(async () => {
    child?.kill('SIGKILL');
    await bench.close();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, 'gapwatch.db');
  let killed = 0;
  for (let life = 0; life < LIVES; life++) {
    // Every second life loses an answer first, so that it dies with a question open.
    if (life % 2 === 0)
      bench.faults.add({ method: 'chat.postMessage', kind: life % 4 === 0 ? 'stored-then-lost' : 'hang' });
    const before = sent(bench);
    child = birth(bench, path);
    const exited = once(child, 'exit');
    const call = bench
      .until(() => sent(bench) > before, 30_000)
      .then(
        () => 'call',
        () => 'none',
      );
    if ((await Promise.race([call, exited.then(() => 'exit')])) === 'call') killed += child.kill('SIGKILL') ? 1 : 0;
    await exited;
    bench.faults.clear();
  }
  expect(killed).toBeGreaterThanOrEqual(4);
  child = birth(bench, path);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const parents = bench
    .messages('C0INCIDENTS')
    .filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts);
  expect(parents).toHaveLength(1);
  expect(parents[0]?.text).toMatch(/^Resolved/);
  const story = bench.thread('C0INCIDENTS', parents[0]?.ts ?? '').map(({ text }) => text);
  expect([...story.join('\n').matchAll(/step (\d)/g)].map((match) => match[1])).toEqual(['1', '2', '3', '4', '5', '6']);
}, 120_000);
