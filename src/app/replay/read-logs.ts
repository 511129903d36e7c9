/** The logs of a bundle as signals and access samples, at the log engine's speed. */

import { createAccessReader } from '../../access/access-reader.ts';
import type { Escape } from '../../access/line-plan.ts';
import type { BundleFile } from '../../bundle/files.ts';
import type { Sample } from '../../core/sample.ts';
import type { Signal } from '../../core/signal.ts';
import { loadSignalMakers } from '../signal-makers.ts';
import { accessTime } from './log-time.ts';

const NEWLINE = 10;
/** Access lines are summed up over this long, as the live service does between two rounds. */
const ACCESS_INTERVAL_MS = 5000;
/** A line longer than this is given up to the next newline, as the follower caps it. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export type OnProgress = (bytes: number) => void;

/** Whole lines of a file, a chunk at a time; a last line without a newline gets one. */
export async function* wholeLines(file: BundleFile, onProgress: OnProgress): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of file.chunks()) {
    onProgress(chunk.length);
    const block = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield block.subarray(0, end);
    rest = Buffer.from(block.subarray(end));
    if (rest.length > MAX_LINE_BYTES) rest = rest.subarray(0, MAX_LINE_BYTES);
  }
  if (rest.length > 0) yield Buffer.concat([rest, Buffer.from('\n')]);
}

/** Rotated logs oldest first: `error.log.2.gz`, `error.log.1`, `error.log`; dates sort by themselves. */
export function logFilesOf(files: readonly BundleFile[], stem: 'error' | 'access'): BundleFile[] {
  const age = (name: string): number =>
    Number(/\.(\d{1,4})(?:\.gz)?$/.exec(name)?.[1] ?? (/\d{8}/.test(name) ? 0.5 : 0));
  return files
    .filter((file) => new RegExp(`^(?:.*[-_.])?${stem}(?:[-_.].*)?\\.log(?:[-.].*)?$|^${stem}$`).test(file.name))
    .sort((a, b) => age(b.name) - age(a.name) || (a.name < b.name ? -1 : 1));
}

export interface ErrorLogOptions {
  readonly patternFolders: readonly string[];
  readonly timezoneOffsetMinutes: number;
  /** Where lines without a time are placed until a timed one came by. */
  readonly startMs: number;
  readonly onProgress: OnProgress;
}

/** All signals of the error logs, oldest log first. A line without a time takes that of the line before it. */
export async function readErrorLogs(files: readonly BundleFile[], options: ErrorLogOptions): Promise<Signal[]> {
  let reached = options.startMs;
  const makers = loadSignalMakers(options.patternFolders, { now: () => reached }, options.timezoneOffsetMinutes);
  const signals: Signal[] = [];
  for (const file of files) {
    const make = makers.forSource(file.name);
    let offset = 0;
    for await (const bytes of wholeLines(file, options.onProgress)) {
      for (const signal of make({ source: file.name, generation: file.name, offset, bytes })) {
        if (signal.timed) reached = signal.at;
        signals.push(signal.timed ? signal : { ...signal, at: reached });
      }
      offset += bytes.length;
    }
  }
  return signals;
}

export interface AccessLogOptions {
  readonly format: string;
  readonly escape: Escape;
  readonly startMs: number;
  readonly onProgress: OnProgress;
}

/** One access sample for every interval in which there were lines. */
export async function readAccessLogs(files: readonly BundleFile[], options: AccessLogOptions): Promise<Sample[]> {
  const reader = createAccessReader(options.format, options.escape);
  const samples: Sample[] = [];
  let slot = Math.floor(options.startMs / ACCESS_INTERVAL_MS);
  const close = (): void => {
    const data = reader.take(ACCESS_INTERVAL_MS);
    const at = (slot + 1) * ACCESS_INTERVAL_MS;
    if (data.requests > 0 || data.unparsed > 0) samples.push({ probe: 'access', at, ok: true, data });
  };
  for (const file of files) {
    for await (const bytes of wholeLines(file, options.onProgress)) {
      let start = 0;
      for (let from = 0; from < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, from);
        const end = newline < 0 ? bytes.length : newline + 1;
        const time = accessTime(
          Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(end - from, 1024)).toString('latin1'),
        );
        const own = time === null ? slot : Math.floor(time.at / ACCESS_INTERVAL_MS);
        if (own > slot) {
          reader.feed(bytes.subarray(start, from));
          close();
          [slot, start] = [own, from];
        }
        from = end;
      }
      reader.feed(bytes.subarray(start));
    }
  }
  close();
  return samples;
}
