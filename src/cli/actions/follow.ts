/** `gapwatch follow`: prints the bytes of every new line of a log, and nothing else. */
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { systemClock } from '../../core/clock.ts';
import { GapwatchError } from '../../core/errors.ts';
import type { CursorStore } from '../../tail/cursor.ts';
import { createDirectoryCursorStore } from '../../tail/directory-cursor-store.ts';
import { createPulse } from '../../tail/pulse.ts';
import type { LogSource, SourceState } from '../../tail/source.ts';
import { createFileSource } from '../../tail/sources/file.ts';
import { systemTicker } from '../../tail/ticker.ts';
import { EXIT, type Io } from '../io.ts';
import { createProgress } from '../progress.ts';

export interface FollowOptions {
  readonly state?: string;
  readonly fromStart?: true;
}

function openStore(directory: string | undefined): CursorStore | null {
  if (directory === undefined) return null;
  try {
    return createDirectoryCursorStore(directory);
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    const hint = 'Set --state to a directory that this user can create or write.';
    throw new GapwatchError('USAGE', `cannot keep positions in ${directory}: ${(cause as Error).message}`, { hint });
  }
}

/** Resolves when the bytes are written, so that a saved position never covers unwritten lines. */
function write(stdout: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Logs the problems of one source. A problem that lasts is logged once. */
function stateLogger(io: Io, source: string): (state: SourceState) => void {
  let logged: string | null = null;
  return ({ kind, detail, trouble }) => {
    if (trouble !== null && trouble !== logged) io.logger.warn({ source, trouble }, 'log position lost');
    logged = trouble ?? logged;
    if (kind === 'denied') io.logger.warn({ source, detail }, 'log cannot be read');
    else io.logger.debug({ source, kind, detail }, 'log state');
  };
}

/** Refuses what can never be a log file: to wait for it would look like a log without new lines. */
function requireRegularFiles(files: readonly string[]): void {
  for (const file of files) {
    const stat = statOrNothing(file);
    if (stat === undefined || stat.isFile()) continue;
    const what = stat.isDirectory() ? 'a directory' : 'a pipe, socket or device';
    const hint = 'follow reads log files only. To read a pipe, use `gapwatch match -`.';
    throw new GapwatchError('USAGE', `${file} is ${what}, not a file`, { hint });
  }
}

function statOrNothing(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // denied, or its directory is missing: the follower waits for it
  }
}

/** Bytes to read when reading starts at the beginning; 0 when a saved position shortens it. */
function bytesToRead(files: readonly string[], cursors: CursorStore | null): number {
  const paths = distinctFiles(files);
  if (paths.some((path) => (cursors?.load(resolve(path)) ?? null) !== null)) return 0;
  return paths.reduce((sum, path) => sum + (statOrNothing(path)?.size ?? 0), 0);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A file that is named twice is followed once, because it has one position. */
function distinctFiles(files: readonly string[]): string[] {
  return [...new Map(files.map((file) => [resolve(file), file])).values()];
}

export async function followAction(files: readonly string[], options: FollowOptions, io: Io): Promise<void> {
  requireRegularFiles(files);
  const fromStart = options.fromStart ?? false;
  const cursors = openStore(options.state);
  const shown = fromStart && io.stdout.isTTY !== true;
  const progress = createProgress(io, 'read', shown, shown ? bytesToRead(files, cursors) : 0);
  const deps = { clock: systemClock, ticker: systemTicker, pulse: createPulse(systemTicker), cursors };
  const sources: LogSource[] = distinctFiles(files).map((path) =>
    createFileSource({ path, fromStart }, deps, {
      deliver({ bytes }) {
        progress.add(bytes.length);
        return write(io.stdout, bytes);
      },
      onState: stateLogger(io, path),
    }),
  );
  try {
    const stopped = untilAborted(io.stopped);
    await Promise.race([Promise.all(sources.map((source) => source.start())), stopped]);
    progress.end();
    await stopped;
  } finally {
    await Promise.all(sources.map((source) => source.stop()));
  }
  io.exit(EXIT.ok);
}
