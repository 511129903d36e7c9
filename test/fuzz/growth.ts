/**
 * Work must grow no faster than its input: a text made of one piece, again and again, is fed at doubling lengths up to
 * 64 KiB, and the CPU time is compared. Quadratic work quadruples at each doubling.
 */
import fc from 'fast-check';
import { PIECES } from './tokens.ts';

export interface Repeated {
  readonly before: string;
  readonly piece: string;
  readonly after: string;
}

const LARGEST_BYTES = 65_536;
/** Below this, noise is larger than what is measured. */
const TELLING_MS = 60;
/** Linear work doubles, quadratic work quadruples. */
const MOST_GROWTH = 2.9;
/** The CPU time of one input, whatever its length up to 64 KiB. */
export const MOST_MS = 2_000;

const pieces = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6 }) },
);

export const repeated: fc.Arbitrary<Repeated> = fc
  .record({
    before: fc.array(pieces, { maxLength: 2 }),
    piece: fc.array(pieces, { minLength: 1, maxLength: 2 }),
    after: fc.array(pieces, { maxLength: 2 }),
  })
  .map(({ before, piece, after }) => ({
    before: before.join(''),
    piece: piece.join('') || 'x',
    after: after.join(''),
  }));

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function textOf({ before, piece, after }: Repeated, length: number): string {
  return before + piece.repeat(Math.max(1, Math.floor(length / Math.max(1, piece.length)))) + after;
}

type Run = (text: string) => Promise<void>;

async function costOf(run: Run, text: string, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const startedAt = cpuMs();
    await run(text);
    least = Math.min(least, cpuMs() - startedAt);
  }
  return least;
}

/** The growth of the last two doublings, the smaller of them; 0 when the whole is too cheap to tell. */
async function growthOf(parts: Repeated, run: Run, times: number): Promise<number> {
  const costs: number[] = [];
  for (const share of [4, 2, 1]) costs.push(await costOf(run, textOf(parts, LARGEST_BYTES / share), times));
  const [quarter = 0, half = 0, whole = 0] = costs;
  if (whole > MOST_MS) throw new Error(`64 KiB cost ${Math.round(whole)} ms of CPU`);
  return whole < TELLING_MS ? 0 : Math.min(whole / Math.max(half, 1), half / Math.max(quarter, 1));
}

/** Rejects when the cost grows faster than the text, or 64 KiB cost more than `MOST_MS`. */
export async function assertLinear(parts: Repeated, run: Run): Promise<void> {
  if ((await growthOf(parts, run, 1)) < MOST_GROWTH) return;
  // Measured again: a collection of garbage counts as well.
  const growth = await growthOf(parts, run, 3);
  if (growth >= MOST_GROWTH) throw new Error(`the cost grows ${growth.toFixed(1)} times while the text doubles`);
}
