/** Turns an error log with its rotated files into signals, at the speed of the matcher and in bounded memory. */

import type { Matcher } from '../match/matcher.ts';
import { createSignalMaker } from '../match/signal.ts';
import { ErrorHead } from '../nginx/error-head.ts';
import { createPathNumbers } from '../nginx/redacted-request.ts';
import { createSignalRedactor } from '../nginx/redacted-signal.ts';
import type { BundleFile } from './bundle/files.ts';
import { withoutJson } from './json-lines.ts';
import { type Observation, ofSignal } from './observation.ts';
import { type OnProgress, unwrapped, wholeLines } from './whole-lines.ts';

export interface ErrorLogOptions {
  readonly matcher: Matcher;
  readonly timezoneOffsetMinutes: number;
  /** Lines without a time get this time until the first line with one. */
  readonly startMs: number;
  readonly onProgress: OnProgress;
  /** Called once, when a line was recognised as nginx's, with or without a signal. */
  readonly onRecognised: () => void;
}

const NEWLINE = 10;
/** A log without a line of nginx in its first blocks is not an error log of nginx. */
const BLOCKS_TO_RECOGNISE = 4;

/** Whether the block holds a line of nginx with its level. A log that cannot be parsed proves no health. */
export function holdsNginxLine(block: Buffer): boolean {
  const head = new ErrorHead();
  for (let start = 0; start < block.length; ) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline;
    head.locate(block, start, end);
    if (head.origin === 'nginx' && head.level >= 0) return true;
    start = end + 1;
  }
  return false;
}

/** Each block with whether it is the last one. */
async function* withLast(blocks: AsyncIterable<Buffer>): AsyncGenerator<{ block: Buffer; isLast: boolean }> {
  let held: Buffer | null = null;
  for await (const block of blocks) {
    if (held !== null) yield { block: held, isLast: false };
    held = block;
  }
  if (held !== null) yield { block: held, isLast: true };
}

/** Oldest file first. A line without a time gets that of the line before it. */
export async function* readErrorLogs(
  files: readonly BundleFile[],
  options: ErrorLogOptions,
): AsyncGenerator<Observation> {
  let reached = options.startMs;
  const clock = { now: () => reached };
  const redacted = createSignalRedactor(createPathNumbers());
  let unrecognised = BLOCKS_TO_RECOGNISE;
  for (const file of files) {
    const { matcher, timezoneOffsetMinutes } = options;
    const make = createSignalMaker(matcher, { source: file.name, clock, timezoneOffsetMinutes });
    let offset = 0;
    for await (const { block, isLast } of withLast(wholeLines(file, options.onProgress))) {
      const bytes = unwrapped(withoutJson(block));
      if (unrecognised > 0) {
        const known = holdsNginxLine(bytes);
        if (known) options.onRecognised();
        unrecognised = known ? 0 : unrecognised - 1;
      }
      for (const signal of make({ source: file.name, generation: file.name, offset, bytes, isLast }).map(redacted)) {
        if (signal.timed) reached = Math.max(reached, signal.at);
        yield ofSignal(signal.timed ? signal : { ...signal, at: reached });
      }
      offset += bytes.length;
    }
  }
}
