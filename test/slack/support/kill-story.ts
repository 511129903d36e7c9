/**
 * Incidents reported by processes that are killed: each process reports several at once, each to a separate Slack, and
 * is SIGKILLed at a random moment of their calls, with lost, hung and refused answers. A kill counts once for every
 * incident that it interrupts; the last process may finish.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';

const CHILD = join(import.meta.dirname, 'doomed.ts');
const CHANNEL = 'C0INCIDENTS';
const PATIENCE_MS = 30_000;
const FAULTS = [
  null,
  { method: 'chat.postMessage', kind: 'stored-then-lost' },
  { method: 'chat.postMessage', kind: 'hang' },
  { method: 'chat.update', kind: 'stored-then-error' },
  { method: 'chat.postMessage', kind: 'rate-limited', retryAfterSeconds: 1 },
  { method: 'conversations.history', kind: 'http-error' },
] as const;

export interface KillStory {
  /** Processes that were killed during a life. */
  readonly killed: number;
  /** Texts of the messages that are not replies. */
  readonly parents: readonly string[];
  /** Numbers of the thread's notes, in order. */
  readonly steps: readonly number[];
}

interface Reporter {
  readonly bench: LocalSlack;
  readonly path: string;
  killed: number;
  done: boolean;
}

/** Numbers in 0…1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function birth(reporters: readonly Reporter[]): ChildProcess {
  const words = reporters.flatMap(({ bench, path }) => [bench.apiUrl, bench.botToken, bench.appToken, path]);
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...words], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (path) => {
    for (const teller of reporters) if (teller.path === path) teller.done = true;
  });
  return child;
}

const sent = ({ bench }: Reporter): number => bench.calls.filter(({ method }) => method.startsWith('chat.')).length;
const allSent = (reporters: readonly Reporter[]): number => reporters.reduce((sum, teller) => sum + sent(teller), 0);

/** One process: killed after all together have made this number of further calls. */
async function cutShort(reporters: readonly Reporter[], random: () => number): Promise<void> {
  for (const { bench } of reporters) {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? null;
    if (fault !== null) bench.faults.add(fault);
  }
  const until = allSent(reporters) + 1 + Math.floor(random() * 2 * reporters.length);
  const child = birth(reporters);
  const exited = once(child, 'exit');
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(5))
    if (allSent(reporters) >= until || child.exitCode !== null || reporters.every(({ done }) => done)) break;
  await sleep(random() * 15);
  child.kill('SIGKILL');
  await exited;
  for (const teller of reporters) {
    teller.bench.faults.clear();
    if (!teller.done) teller.killed += 1;
  }
}

function storyOf({ bench, killed }: Reporter): KillStory {
  const all = bench.messages(CHANNEL);
  const parents = all.filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts);
  const notes = all.filter(({ thread_ts, ts }) => thread_ts !== undefined && thread_ts !== ts);
  const steps = notes.flatMap(({ text }) => [...text.matchAll(/step (\d)/g)].map((match) => Number(match[1])));
  return { killed, parents: parents.map(({ text }) => text), steps };
}

/**
 * Reports `together` incidents at a time until at least `kills` lives were interrupted; then lets the last ones end.
 */
export async function storiesWithKills(kills: number, together: number, seed: number): Promise<KillStory[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-killed-'));
  const random = randomOf(seed);
  const all: Reporter[] = [];
  try {
    while (all.reduce((sum, { killed }) => sum + killed, 0) < kills) {
      for (let open = all.filter(({ done }) => !done).length; open < together; open++)
        all.push({ bench: await createLocalSlack(), path: join(folder, `${all.length}.db`), killed: 0, done: false });
      await cutShort(
        all.filter(({ done }) => !done),
        random,
      );
    }
    const last = all.filter(({ done }) => !done);
    if (last.length > 0) await once(birth(last), 'exit');
    return all.map(storyOf);
  } finally {
    await Promise.all(all.map(({ bench }) => bench.close()));
    rmSync(folder, { recursive: true });
  }
}
