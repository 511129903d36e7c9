/**
 * The process that checks cases, one at a time: what a case throws, hangs, ends or leaves behind touches no other. Beside
 * the target's own claims it holds that nothing is rejected unseen, no descriptor is left open, and no prototype changes.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Answer, Order } from './checker.ts';
import { cpuMs, MOST_MS } from './growth.ts';
import { loadTarget, type Target } from './target.ts';

const PROTOTYPES = [Object, Array, Function, String, Number, Boolean, RegExp, Map, Set, Promise, Error].map(
  ({ name, prototype }) => ({
    name,
    prototype: prototype as object,
    keys: new Set(Reflect.ownKeys(prototype as object)),
  }),
);
const GLOBALS = new Set(Reflect.ownKeys(globalThis));
/** What is closed asynchronously gets so long. */
const CLOSING_MS = 3_000;

let unseen: unknown[] = [];
process.on('uncaughtException', (error) => unseen.push(error));
process.on('unhandledRejection', (error) => unseen.push(error));

function assertNothingPolluted(): void {
  for (const { name, prototype, keys } of PROTOTYPES) {
    const added = Reflect.ownKeys(prototype).filter((key) => !keys.has(key));
    // Taken away, so that the next case is judged by itself.
    for (const key of added) Reflect.deleteProperty(prototype, key);
    if (added.length > 0) throw new Error(`${name}.prototype has got ${added.map(String).join(', ')}`);
  }
  const added = Reflect.ownKeys(globalThis).filter((key) => !GLOBALS.has(key));
  for (const key of added) GLOBALS.add(key);
  if (added.some((key) => /pwn/i.test(String(key))))
    throw new Error(`a global was made: ${added.map(String).join(', ')}`);
}

/** Descriptor → what it is; the one that lists them is gone by the time it is looked at. */
function openFiles(): Map<string, string> {
  const open = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      open.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {}
  }
  return open;
}

async function assertNothingLeftOpen(before: ReadonlyMap<string, string>, spare: number): Promise<void> {
  const until = performance.now() + CLOSING_MS;
  for (;;) {
    const open = openFiles();
    if (open.size <= before.size + spare) return;
    const added = [...open].filter(([fd, what]) => before.get(fd) !== what);
    if (performance.now() > until) throw new Error(`left open: ${added.map(([, what]) => what).join(', ')}`);
    await pause(5);
  }
}

async function checkOne({ target, held }: Prepared, drawn: Order['drawn']): Promise<void> {
  const before = target.mayHoldFiles === undefined ? openFiles() : held;
  const startedAt = cpuMs();
  await target.check(drawn);
  const spent = cpuMs() - startedAt;
  await turn();
  if (unseen.length > 0) throw unseen[0];
  if ('input' in drawn && spent > MOST_MS) throw new Error(`cost ${Math.round(spent)} ms of CPU`);
  assertNothingPolluted();
  await assertNothingLeftOpen(before, target.mayHoldFiles ?? 0);
}

interface Prepared {
  readonly target: Target;
  /** What was open when it was prepared. */
  readonly held: ReadonlyMap<string, string>;
}

const targets = new Map<string, Promise<Prepared>>();

async function prepared(name: string): Promise<Prepared> {
  const target = await loadTarget(name);
  await target.prepare?.();
  return { target, held: openFiles() };
}

async function answer({ target: name, drawn }: Order): Promise<Answer> {
  const loading = targets.get(name) ?? prepared(name);
  targets.set(name, loading);
  try {
    const ready = await loading;
    unseen = [];
    await checkOne(ready, drawn);
    return { failure: null };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : inspect(error) };
  }
}

process.on('message', (order: Order) => {
  void answer(order).then((said) => process.send?.(said));
});
process.once('disconnect', () => process.exit());
