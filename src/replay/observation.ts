/** The observations of a recording, and the merge of several recordings of the same time. */
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';

/** `bytes`: length of the recorded text of a sample. */
export type Observation =
  | { readonly at: number; readonly kind: 'signal'; readonly signal: Signal }
  | { readonly at: number; readonly kind: 'sample'; readonly sample: Sample; readonly bytes?: number };

export const ofSignal = (signal: Signal): Observation => ({ at: signal.at, kind: 'signal', signal });
export const ofSample = (sample: Sample): Observation => ({ at: sample.at, kind: 'sample', sample });

export type Observations = AsyncIterable<Observation> | Iterable<Observation>;

/**
 * By time; equal times in the order of the streams. Each stream must be nearly in order, because the merge holds
 * nothing back.
 */
export async function* mergeByTime(streams: readonly Observations[]): AsyncGenerator<Observation> {
  const open = streams.map((stream) =>
    Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator](),
  );
  const heads = await Promise.all(open.map((stream) => stream.next()));
  for (;;) {
    let first: { readonly index: number; readonly head: Observation } | null = null;
    for (const [index, { done, value }] of heads.entries()) {
      if (done !== true && (first === null || value.at < first.head.at)) first = { index, head: value };
    }
    if (first === null) return;
    yield first.head;
    const next = await open[first.index]?.next();
    if (next !== undefined) heads[first.index] = next;
  }
}
