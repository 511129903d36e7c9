/**
 * Wakes followers: one directory watch for all followers of a directory, and one shared slow poll as a safety net for
 * what no watch tells (network file systems, targets of symlinks, watches the kernel dropped or refused).
 */
import { type FSWatcher, watch } from 'node:fs';
import { statOf } from './follower/siblings.ts';
import type { Ticker } from './ticker.ts';

export interface PulseListener {
  /** Directories to watch for this listener now; asked again at every poll. */
  directories(): readonly string[];
  /** Whether a change to this name inside one of them matters. */
  wants(name: string): boolean;
  wake(): void;
}

export interface Pulse {
  /** The answer takes the listener off again. */
  join(listener: PulseListener): () => void;
}

export interface PulseOptions {
  /** How often everybody is woken whatever the watches say, ms. */
  readonly pollMs: number;
  /** The same while a directory cannot be watched, ms. */
  readonly blindPollMs: number;
  /** False: poll only. */
  readonly watch: boolean;
}

export const PULSE_DEFAULTS: PulseOptions = { pollMs: 1500, blindPollMs: 100, watch: true };

interface WatchedDirectory {
  readonly listeners: Set<PulseListener>;
  watcher: FSWatcher | null;
  inode: bigint | null;
}

class SharedPulse implements Pulse {
  readonly #ticker: Ticker;
  readonly #options: PulseOptions;
  readonly #listeners = new Set<PulseListener>();
  readonly #directories = new Map<string, WatchedDirectory>();
  #cancelPoll: (() => void) | null = null;

  constructor(ticker: Ticker, options: PulseOptions) {
    this.#ticker = ticker;
    this.#options = options;
  }

  join(listener: PulseListener): () => void {
    this.#listeners.add(listener);
    this.#watchAll();
    this.#cancelPoll ??= this.#schedulePoll();
    return () => {
      this.#listeners.delete(listener);
      this.#watchAll();
      if (this.#listeners.size > 0) return;
      this.#cancelPoll?.();
      this.#cancelPoll = null;
    };
  }

  #schedulePoll(): () => void {
    const blind = [...this.#directories.values()].some(({ watcher }) => watcher === null);
    return this.#ticker.after(blind ? this.#options.blindPollMs : this.#options.pollMs, () => {
      this.#watchAll();
      this.#cancelPoll = this.#schedulePoll();
      for (const listener of this.#listeners) listener.wake();
    });
  }

  /** Brings the watches in line with what the listeners ask for and with directories that came, went or were replaced. */
  #watchAll(): void {
    for (const directory of this.#directories.values()) directory.listeners.clear();
    for (const listener of this.#listeners)
      for (const path of listener.directories()) {
        const known = this.#directories.get(path) ?? { listeners: new Set(), watcher: null, inode: null };
        this.#directories.set(path, known);
        known.listeners.add(listener);
      }
    for (const [path, directory] of this.#directories) {
      if (directory.listeners.size === 0) {
        directory.watcher?.close();
        this.#directories.delete(path);
      } else this.#rewatch(path, directory);
    }
  }

  #rewatch(path: string, directory: WatchedDirectory): void {
    if (!this.#options.watch) return;
    const stat = statOf(path);
    const inode = typeof stat === 'string' ? null : stat.ino;
    if (inode === directory.inode && (inode === null || directory.watcher !== null)) return;
    directory.watcher?.close();
    directory.inode = inode;
    directory.watcher = inode === null ? null : this.#openWatch(path, directory);
  }

  #openWatch(path: string, directory: WatchedDirectory): FSWatcher | null {
    try {
      const watcher = watch(path, (_event, name) => {
        for (const listener of directory.listeners) if (name === null || listener.wants(name)) listener.wake();
      });
      watcher.on('error', () => {
        watcher.close();
        directory.watcher = null;
      });
      return watcher;
    } catch {
      return null; // no watches left, or not allowed: the poll is faster then
    }
  }
}

export function createPulse(ticker: Ticker, options: Partial<PulseOptions> = {}): Pulse {
  return new SharedPulse(ticker, { ...PULSE_DEFAULTS, ...options });
}
