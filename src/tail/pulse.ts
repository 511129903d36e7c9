/**
 * Wakes followers: one directory watch for all followers of a directory, and one shared slow poll for changes without a
 * notification (network file systems, targets of symlinks, watches that the kernel dropped or refused). In a storm of small
 * writes the notifications cost most, so after a few the watch pauses and all followers poll by the clock.
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

/** More changes than this in one BURST_MS are a storm: the watch pauses for this number of polls of all followers. */
const BURST_CHANGES = 4;
const BURST_MS = 10;
const RESTING_LOOKS = 10;
/** A follower leaves 8 ms between two polls: this is a little more, so that polls share one timer. */
const RESTING_LOOK_MS = 10;

interface WatchedDirectory {
  readonly path: string;
  readonly listeners: Set<PulseListener>;
  /** Who wants which name, as far as asked. */
  readonly byName: Map<string, readonly PulseListener[]>;
  watcher: FSWatcher | null;
  inode: bigint | null;
  burstStartMs: number;
  burstChanges: number;
  /** Ends the rest of a watch that is resting. */
  cancelRest: (() => void) | null;
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
    this.#watchFor(listener);
    for (const directory of this.#directories.values()) if (directory.listeners.has(listener)) this.#rewatch(directory);
    this.#cancelPoll ??= this.#schedulePoll();
    return () => {
      this.#listeners.delete(listener);
      this.#leave(listener);
      if (this.#listeners.size > 0) return;
      this.#cancelPoll?.();
      this.#cancelPoll = null;
    };
  }

  #schedulePoll(): () => void {
    const blind = [...this.#directories.values()].some(
      ({ watcher, cancelRest }) => watcher === null && cancelRest === null,
    );
    return this.#ticker.after(blind ? this.#options.blindPollMs : this.#options.pollMs, () => {
      try {
        this.#watchAll();
      } finally {
        this.#cancelPoll = this.#schedulePoll();
      }
      for (const listener of this.#listeners) listener.wake();
    });
  }

  /** Brings the watches in line with what the listeners ask for and with directories that came, went or were replaced. */
  #watchAll(): void {
    for (const directory of this.#directories.values()) directory.listeners.clear();
    for (const listener of this.#listeners) this.#watchFor(listener);
    for (const directory of this.#directories.values()) {
      if (directory.listeners.size > 0) this.#rewatch(directory);
      else this.#forget(directory);
    }
  }

  #watchFor(listener: PulseListener): void {
    for (const path of listener.directories()) {
      const directory = this.#directory(path);
      directory.listeners.add(listener);
      directory.byName.clear();
    }
  }

  /** The others are not asked: where many logs are followed, that would be all of them for each. */
  #leave(listener: PulseListener): void {
    for (const directory of this.#directories.values()) {
      if (!directory.listeners.delete(listener)) continue;
      directory.byName.clear();
      if (directory.listeners.size === 0) this.#forget(directory);
    }
  }

  #directory(path: string): WatchedDirectory {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const listeners = new Set<PulseListener>();
    const rest = { watcher: null, inode: null, burstStartMs: 0, burstChanges: 0, cancelRest: null };
    const directory = { path, listeners, byName: new Map<string, readonly PulseListener[]>(), ...rest };
    this.#directories.set(path, directory);
    return directory;
  }

  #forget(directory: WatchedDirectory): void {
    directory.cancelRest?.();
    directory.watcher?.close();
    this.#directories.delete(directory.path);
  }

  #rewatch(directory: WatchedDirectory): void {
    if (!this.#options.watch || directory.cancelRest !== null) return;
    const stat = statOf(directory.path);
    const inode = typeof stat === 'string' ? null : stat.ino;
    if (inode === directory.inode && (inode === null || directory.watcher !== null)) return;
    directory.watcher?.close();
    directory.inode = inode;
    directory.watcher = inode === null ? null : this.#openWatch(directory);
  }

  #openWatch(directory: WatchedDirectory): FSWatcher | null {
    try {
      const watcher = watch(directory.path, (_event, name) => this.#changed(directory, name));
      watcher.on('error', () => {
        watcher.close();
        directory.watcher = null;
      });
      return watcher;
    } catch {
      return null; // no watches left, or not allowed: the poll is faster then
    }
  }

  #changed(directory: WatchedDirectory, name: string | null): void {
    if (name === null) for (const listener of directory.listeners) listener.wake();
    else for (const listener of this.#wanting(directory, name)) this.#wakeAndCount(directory, listener);
  }

  #wanting(directory: WatchedDirectory, name: string): readonly PulseListener[] {
    const known = directory.byName.get(name);
    if (known !== undefined) return known;
    const wanting = [...directory.listeners].filter((listener) => listener.wants(name));
    directory.byName.set(name, wanting);
    return wanting;
  }

  #wakeAndCount(directory: WatchedDirectory, listener: PulseListener): void {
    listener.wake();
    const nowMs = this.#ticker.monotonicMs();
    if (nowMs - directory.burstStartMs > BURST_MS) {
      directory.burstStartMs = nowMs;
      directory.burstChanges = 0;
    }
    directory.burstChanges += 1;
    if (directory.burstChanges > BURST_CHANGES && directory.cancelRest === null) this.#rest(directory, RESTING_LOOKS);
  }

  /** Nothing is missed: after the last poll without the watch there is one more with it. */
  #rest(directory: WatchedDirectory, looks: number): void {
    directory.watcher?.close();
    directory.watcher = null;
    directory.cancelRest = this.#ticker.after(RESTING_LOOK_MS, () => {
      directory.cancelRest = null;
      if (looks > 1) this.#rest(directory, looks - 1);
      else {
        directory.inode = null;
        this.#rewatch(directory);
      }
      for (const listener of directory.listeners) listener.wake();
    });
  }
}

export function createPulse(ticker: Ticker, options: Partial<PulseOptions> = {}): Pulse {
  return new SharedPulse(ticker, { ...PULSE_DEFAULTS, ...options });
}
