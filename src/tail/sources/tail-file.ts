/**
 * The npm package tail-file as a source, selected by `source: tail-file`. Its limits, measured
 * by `npm run torture`: passes 16 of the 39 torture scenarios of which `file` passes all; loses lines of late
 * writers, of rotations between two polls, of copytruncate and of every restart, because it keeps no position; stops
 * for good when permission is denied; reads about 0.1 million lines a second; with 50 files in a busy directory it takes
 * a whole core. Lines of any length are kept in memory. It is read as latin1, so that bytes are unchanged.
 */
import { statSync } from 'node:fs';
import Tail from 'tail-file';
import type { WallTime } from '../../core/clock.ts';
import { Outlet } from '../outlet.ts';
import type { LogSource, SourceEvents } from '../source.ts';

class TailFileSource implements LogSource {
  readonly name: string;
  readonly #tail: Tail;
  readonly #outlet: Outlet;
  readonly #generation: string;
  #offset = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(path: string, fromStart: boolean, startedMs: number, events: SourceEvents) {
    this.name = path;
    this.#outlet = new Outlet(path, events);
    this.#generation = `tail-file:${path}:${startedMs}`;
    this.#tail = new Tail(path, { force: true, startPos: fromStart ? 'start' : 'end', encoding: 'latin1' });
  }

  start(): Promise<void> {
    const isThere = statSync(this.name, { throwIfNoEntry: false }) !== undefined;
    this.#tail.on('line', (line: string) => this.#take(line));
    this.#tail.on('restart', (reason: string) => this.#restarted(reason));
    this.#tail.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#tail.on('ready', () => this.#outlet.become('following', 'reading'));
    return new Promise((resolve) => {
      if (isThere) this.#tail.once('eof', () => resolve());
      this.#tail.once('error', () => resolve());
      this.#tail.start();
    });
  }

  /** What the package has not read by now stays unread: it has no way to drain. */
  async stop(): Promise<void> {
    await this.#tail.stop();
    await this.#work;
    this.#outlet.become('stopped', 'stopped');
  }

  state() {
    return this.#outlet.state();
  }

  #take(line: string): void {
    const piece = { bytes: Buffer.from(`${line}\n`, 'latin1'), offset: this.#offset };
    this.#offset += piece.bytes.length;
    this.#work = this.#work
      .then(() => this.#outlet.deliver(this.#generation, piece))
      .catch((error: Error) => this.#outlet.become('stopped', `stopped: ${error.message}`));
  }

  #restarted(reason: string): void {
    if (reason === 'TRUNCATE') this.#outlet.counters.truncations += 1;
    else this.#outlet.counters.rotations += 1;
    this.#outlet.tell();
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === 'ENOENT') this.#outlet.become('waiting', 'no such file');
    else this.#outlet.become('denied', `given up: ${error.message}`);
  }
}

export function createTailFileSource(
  options: { readonly path: string; readonly fromStart?: boolean },
  deps: { readonly clock: WallTime },
  events: SourceEvents,
): LogSource {
  return new TailFileSource(options.path, options.fromStart ?? false, deps.clock.now(), events);
}
