/** Turns an access log with its rotated files into one sample for each interval that has lines. */
import { createAccessReader } from '../access/access-reader.ts';
import type { Escape } from '../access/line-plan.ts';
import type { BundleFile } from './bundle/files.ts';
import { accessTime } from './log-time.ts';
import { type Observation, ofSample } from './observation.ts';
import { type OnProgress, wholeLines } from './whole-lines.ts';

export interface AccessLogOptions {
  readonly format: string;
  readonly escape: Escape;
  readonly startMs: number;
  readonly onProgress: OnProgress;
}

const NEWLINE = 10;
/** Lines are summed over this interval, as in the live service between two polls. */
const INTERVAL_MS = 5000;
/** The time is near the beginning of a line. */
const TIME_WITHIN_BYTES = 1024;

/** The interval of the line at `from`; null when the line has no time. */
function slotAt(block: Buffer, from: number): number | null {
  const end = block.indexOf(NEWLINE, from);
  const time = accessTime(block.toString('latin1', from, Math.min(end, from + TIME_WITHIN_BYTES)));
  return time === null ? null : Math.floor(time.at / INTERVAL_MS);
}

/** The start of the line that contains the byte at `at`. */
const lineStart = (block: Buffer, at: number): number => (at === 0 ? 0 : block.lastIndexOf(NEWLINE, at - 1) + 1);

/**
 * The first line after `from` that belongs to a later interval than `slot`; the block's end without one. Lines are in
 * order of time, so the search skips most of them.
 */
function endOfSlot(block: Buffer, from: number, slot: number): number {
  const isLater = (at: number): boolean => (slotAt(block, at) ?? slot) > slot;
  let low = from;
  let high = from;
  for (let leap = 256; ; leap *= 2) {
    high = low + leap >= block.length ? lineStart(block, block.length - 1) : lineStart(block, low + leap);
    if (high <= low) high = block.indexOf(NEWLINE, low) + 1;
    if (high >= block.length || isLater(high)) break;
    low = high;
  }
  // Binary search between low, which is not later, and high, which is later or the end.
  for (;;) {
    const next = block.indexOf(NEWLINE, low) + 1;
    if (next >= high) return high;
    const middle = lineStart(block, (low + high) >> 1);
    const probe = middle <= low ? next : middle;
    if (isLater(probe)) high = probe;
    else low = probe;
  }
}

/** Oldest file first. */
export async function* readAccessLogs(
  files: readonly BundleFile[],
  options: AccessLogOptions,
): AsyncGenerator<Observation> {
  const reader = createAccessReader(options.format, options.escape);
  let slot = Math.floor(options.startMs / INTERVAL_MS);
  function* close(): Generator<Observation> {
    const data = reader.take(INTERVAL_MS);
    const at = (slot + 1) * INTERVAL_MS;
    // The counts are only for sums over days, and outweigh all other data.
    const upstreams = data.upstreams.map(({ responseCounts: _, ...upstream }) => upstream);
    if (data.requests > 0 || data.unparsed > 0)
      yield ofSample({ probe: 'access', at, ok: true, data: { ...data, upstreams } });
  }
  for (const file of files) {
    for await (const block of wholeLines(file, options.onProgress)) {
      for (let from = 0; from < block.length; ) {
        const own = slotAt(block, from) ?? slot;
        if (own > slot) {
          yield* close();
          slot = own;
        }
        const end = endOfSlot(block, from, slot);
        reader.feed(block.subarray(from, end));
        from = end;
      }
    }
  }
  yield* close();
}
