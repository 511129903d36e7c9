/** An error log with its rotated predecessors as signals, at the log engine's speed and in bounded memory. */
import type { BundleFile } from '../../bundle/files.ts';
import { loadSignalMakers, type SignalMakers } from '../signal-makers.ts';
import { type Observation, ofSignal } from './observation.ts';
import { type OnProgress, unwrapped, wholeLines } from './whole-lines.ts';

export interface ErrorLogOptions {
  readonly patternFolders: readonly string[];
  readonly timezoneOffsetMinutes: number;
  /** Where lines without a time are placed until a timed one came by. */
  readonly startMs: number;
  readonly onProgress: OnProgress;
  /** Called once, when a line turned out to be nginx's own, whether it tells anything or not. */
  readonly onRecognised: () => void;
}

/** `[error] 7#7:` stands in every line that nginx wrote, whatever a shipper put before it. */
const NGINX_LINE = /\[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+:/;
/** A log in which no line of the first blocks is nginx's is none. */
const BLOCKS_TO_RECOGNISE = 4;

/** Oldest file first. A line without a time takes that of the line before it. */
export async function* readErrorLogs(
  files: readonly BundleFile[],
  options: ErrorLogOptions,
): AsyncGenerator<Observation> {
  let reached = options.startMs;
  const makers: SignalMakers = loadSignalMakers(
    options.patternFolders,
    { now: () => reached },
    options.timezoneOffsetMinutes,
  );
  let unrecognised = BLOCKS_TO_RECOGNISE;
  for (const file of files) {
    const make = makers.forSource(file.name);
    let offset = 0;
    for await (const block of wholeLines(file, options.onProgress)) {
      if (unrecognised > 0) {
        const known = NGINX_LINE.test(block.toString('latin1'));
        if (known) options.onRecognised();
        unrecognised = known ? 0 : unrecognised - 1;
      }
      const bytes = unwrapped(block);
      for (const signal of make({ source: file.name, generation: file.name, offset, bytes })) {
        if (signal.timed) reached = Math.max(reached, signal.at);
        yield ofSignal(signal.timed ? signal : { ...signal, at: reached });
      }
      offset += block.length;
    }
  }
}
