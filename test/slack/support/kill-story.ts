/**
 * One incident's life, told by processes that are killed: each is SIGKILLed at a random moment of its calls, with
 * answers lost, hung and refused on top, until as many were killed as asked; the last one may finish.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkbench, type Workbench } from '../../../src/workbench/workbench.ts';

const CHILD = join(import.meta.dirname, 'doomed.ts');
const CHANNEL = 'C0INCIDENTS';
const FAULTS = [
  null,
  { method: 'chat.postMessage', kind: 'stored-then-lost' },
  { method: 'chat.postMessage', kind: 'hang' },
  { method: 'chat.update', kind: 'stored-then-error' },
  { method: 'chat.postMessage', kind: 'rate-limited', retryAfterSeconds: 1 },
  { method: 'conversations.history', kind: 'http-error' },
] as const;

export interface KillStory {
  /** Processes that were killed in the middle of it. */
  readonly killed: number;
  /** Texts of the messages that are no replies. */
  readonly parents: readonly string[];
  /** Numbers of the thread's notes, in order. */
  readonly steps: readonly number[];
}

/** Numbers in 0…1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function birth(bench: Workbench, path: string): ChildProcess {
  const args = ['--import', 'tsx', CHILD, bench.apiUrl, bench.botToken, bench.appToken, path];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const sent = ({ calls }: Workbench): number => calls.filter(({ method }) => method.startsWith('chat.')).length;

/** True when it was killed, false when it had nothing left to do. */
async function life(bench: Workbench, path: string, random: () => number): Promise<boolean> {
  const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? null;
  if (fault !== null) bench.faults.add(fault);
  // A call that hangs is the last one for ten seconds.
  const until = sent(bench) + (fault?.kind === 'hang' ? 1 : 1 + Math.floor(random() * 2));
  const child = birth(bench, path);
  const exited = once(child, 'exit').then(() => false);
  const called = bench
    .until(() => sent(bench) >= until, 30_000)
    .then(
      async () => {
        await sleep(random() * 15);
        return child.exitCode === null && child.kill('SIGKILL');
      },
      () => child.kill('SIGKILL'),
    );
  const killed = await Promise.race([called, exited]);
  await exited;
  bench.faults.clear();
  return killed;
}

/** Tells one life; no more than `kills` of its processes are killed. */
async function tell(kills: number, seed: number): Promise<KillStory> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-killed-'));
  const bench = await createWorkbench();
  const random = randomOf(seed);
  const path = join(folder, 'gapwatch.db');
  try {
    let killed = 0;
    for (let alive = 0; alive < kills; alive++) {
      if (!(await life(bench, path, random))) break;
      killed += 1;
    }
    await once(birth(bench, path), 'exit');
    const all = bench.messages(CHANNEL);
    const parents = all.filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts);
    const story = all.filter(({ thread_ts, ts }) => thread_ts !== undefined && thread_ts !== ts);
    const steps = story.flatMap(({ text }) => [...text.matchAll(/step (\d)/g)].map((match) => Number(match[1])));
    return { killed, parents: parents.map(({ text }) => text), steps };
  } finally {
    await bench.close();
    rmSync(folder, { recursive: true });
  }
}

/** Tells one life after the other until `kills` processes were killed. */
export async function storiesWithKills(kills: number, seed: number): Promise<KillStory[]> {
  const stories: KillStory[] = [];
  for (let left = kills, next = seed; left > 0; next++) {
    const story = await tell(left, next);
    stories.push(story);
    left -= story.killed;
  }
  return stories;
}
