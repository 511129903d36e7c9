/** Has cases checked by another process (worker.ts), which is ended and made anew when it hangs or dies. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case } from './target.ts';

export interface Order {
  readonly target: string;
  readonly drawn: Case;
}

export interface Answer {
  /** What did not hold; null when all did. */
  readonly failure: string | null;
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** On the wall clock: also for what waits and uses no CPU. A growing text is fed several times. */
const PATIENCE_MS = { input: 15_000, repeated: 60_000 };
/** To load a target's modules. */
const START_MS = 30_000;
const HEAP_MB = 768;
const WORDS_KEPT = 4_000;

export class Checker {
  #child: ChildProcess | null = null;
  #words = '';
  readonly #loaded = new Set<string>();

  /** Rejects with what did not hold. */
  async check(order: Order): Promise<void> {
    const kind = 'input' in order.drawn ? 'input' : 'repeated';
    const patience = PATIENCE_MS[kind] + (this.#loaded.has(order.target) ? 0 : START_MS);
    const child = this.#child ?? this.#start();
    const { failure } = await this.#ask(child, order, patience);
    this.#loaded.add(order.target);
    if (failure !== null) throw new Error(failure);
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
    this.#loaded.clear();
  }

  #start(): ChildProcess {
    const child = fork(WORKER, [], {
      execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#words = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#words = (this.#words + bytes.toString()).slice(-WORDS_KEPT);
    });
    this.#child = child;
    return child;
  }

  #ask(child: ChildProcess, order: Order, patienceMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        child.off('message', settle).off('close', onClose);
        resolve(answer);
      };
      const onClose = (code: number | null, signal: string | null): void => {
        this.#child = null;
        this.#loaded.clear();
        settle({ failure: `the process ended (${signal ?? code})\n${this.#words}` });
      };
      const timer = setTimeout(() => {
        child.off('close', onClose);
        this.stop();
        settle({ failure: `no end after ${patienceMs} ms` });
      }, patienceMs);
      child.once('message', settle).once('close', onClose);
      child.send(order);
    });
  }
}
