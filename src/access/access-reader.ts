/** Reads access-log bytes of one log_format into an access tally. */
import type { AccessData } from '../core/samples/access.ts';
import { type AccessTally, createAccessTally } from './access-tally.ts';
import { type Escape, fieldsOf, planLine } from './line-plan.ts';
import { createScanner, SLOTS } from './scanner.ts';

export interface AccessReader {
  /** Accepts whole lines; the last may lack its newline. It does not keep the bytes. */
  feed(bytes: Uint8Array): void;
  /** Returns the counts of the tally since the last call and resets it. */
  take(intervalMs: number): AccessData;
}

const NEWLINE = 10;

/**
 * `format` is the text of a log_format, `escaping` its `escape=`. Readers of several logs share one `tally` so that
 * their quantiles are those of all requests.
 */
export function createAccessReader(
  format: string,
  escaping: Escape,
  tally: AccessTally = createAccessTally(),
): AccessReader {
  const steps = planLine(format, escaping);
  const scan = createScanner(steps, escaping);
  const count = tally.counter(fieldsOf(steps));
  const out = new Int32Array(SLOTS);

  function feedLines(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let from = 0; from < bytes.length; ) {
      const reached = scan(bytes, view, from, out);
      if (reached >= 0) count(bytes, out);
      else if (bytes[from] !== NEWLINE) tally.countUnparsed();
      const rest = reached < 0 ? ~reached : reached;
      const end = bytes[rest] === NEWLINE ? rest : bytes.indexOf(NEWLINE, rest);
      from = end < 0 ? bytes.length : end + 1;
    }
  }

  function feed(bytes: Uint8Array): void {
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    feedLines(bytes.subarray(0, whole));
    if (whole === bytes.length) return;
    // The scanner needs a newline at the end of each line.
    const last = new Uint8Array(bytes.length - whole + 1).fill(NEWLINE);
    last.set(bytes.subarray(whole));
    feedLines(last);
  }

  return { feed, take: (intervalMs) => tally.take(intervalMs) };
}
