/**
 * Removes container framing from any source: wraps a Deliver so that it gets the lines that the container wrote, with long
 * lines joined. Each line has the offset of its first physical line. A line whose parts were read in two runs of gapwatch
 * is delivered in two; unframed lines pass unchanged.
 */
import type { LineBatch } from '../../core/line.ts';
import type { Deliver } from '../source.ts';
import { detectFrame, type Frame, type FramedLine, unframe } from './container-frame.ts';

const NEWLINE = 10;
const NEWLINE_BYTES = Buffer.from('\n');

/** Generations whose framing is remembered. */
const GENERATIONS_KEPT = 64;

/** The beginning of a line, per stream of the container. */
interface Pending {
  readonly offset: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

/**
 * `maxLineBytes` bounds what is kept of a line in parts; the rest of it is left out. `auto` goes by the first line of
 * each generation and leaves a plain log as it is.
 */
export function unframed(framing: Frame | 'auto', maxLineBytes: number, deliver: Deliver): Deliver {
  const frames = new Map<string, Frame | null>();
  const pending = new Map<string, Pending>();

  /** The whole line when this part completes it. */
  function join(part: FramedLine, key: string, offset: number): { bytes: Uint8Array; offset: number } | null {
    const begun = pending.get(key) ?? { offset, parts: [], bytes: 0 };
    const kept = part.text.subarray(0, Math.max(0, maxLineBytes - begun.bytes));
    begun.bytes += kept.length;
    if (part.isPartial) {
      begun.parts.push(Buffer.from(kept));
      pending.set(key, begun);
      return null;
    }
    pending.delete(key);
    return { bytes: Buffer.concat([...begun.parts, kept, NEWLINE_BYTES]), offset: begun.offset };
  }

  function frameOf({ generation, bytes }: LineBatch): Frame | null {
    if (framing !== 'auto') return framing;
    const known = frames.get(generation);
    if (known !== undefined) return known;
    const frame = detectFrame(bytes.subarray(0, bytes.indexOf(NEWLINE)));
    if (frames.size >= GENERATIONS_KEPT) frames.clear();
    frames.set(generation, frame);
    return frame;
  }

  async function deliverUnframed(frame: Frame, batch: LineBatch): Promise<void> {
    for (let from = 0; from < batch.bytes.length; ) {
      const end = batch.bytes.indexOf(NEWLINE, from);
      const line = batch.bytes.subarray(from, end);
      const offset = batch.offset + from;
      const part = unframe(line, frame);
      const whole =
        part === null
          ? { bytes: batch.bytes.subarray(from, end + 1), offset }
          : join(part, `${batch.generation} ${part.stream}`, offset);
      if (whole !== null) await deliver({ ...batch, ...whole });
      from = end + 1;
    }
  }

  return (batch) => {
    const frame = frameOf(batch);
    return frame === null ? deliver(batch) : deliverUnframed(frame, batch);
  };
}
