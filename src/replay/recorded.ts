/**
 * Streams recorded samples and signals in order of time. Reads a file twice, first for its time span and then for its
 * records, so that its size costs time but no memory.
 */

import type { Meanings } from '../core/meaning.ts';
import type { ProbeId, Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { DEFAULT_WINDOW_MS } from '../timeline/timeline.ts';
import type { BundleFile } from './bundle/files.ts';
import { type ReadLine, type Recorded, recordsOf } from './bundle/recorded-samples.ts';
import type { LeaveOut } from './bundle/stored-file.ts';
import type { Span } from './log-time.ts';
import { type Observation, ofSignal } from './observation.ts';

export interface Survey {
  readonly count: number;
  /** Null without a record with a known time. */
  readonly span: Span | null;
  /** Of samples. */
  readonly probes: ReadonlySet<ProbeId>;
}

/** Late samples are put in order within a buffer of this size. */
const REORDERED = 5000;
const REORDERED_BYTES = 2 * 1024 * 1024;
/** The evidence keeps the samples of a window, in several times the memory of their text. */
const WINDOW_BYTES = 16 * 1024 * 1024;

export async function survey<T extends Sample | Signal>(
  file: BundleFile | undefined,
  readLine: ReadLine<T>,
  leaveOut: LeaveOut,
): Promise<Survey> {
  let [count, fromMs, toMs] = [0, Infinity, -Infinity];
  const probes = new Set<ProbeId>();
  for await (const { record } of file === undefined ? [] : recordsOf(file, readLine, leaveOut)) {
    count++;
    if ('probe' in record) probes.add(record.probe);
    if (Number.isNaN(record.at)) continue;
    fromMs = Math.min(fromMs, record.at);
    toMs = Math.max(toMs, record.at);
  }
  return { count, span: fromMs <= toMs ? { fromMs, toMs } : null, probes };
}

/** Puts late records in order, as far as they fit into a bounded buffer. */
async function* inOrder<T extends Sample | Signal>(records: AsyncIterable<Recorded<T>>): AsyncGenerator<Recorded<T>> {
  let waiting: Recorded<T>[] = [];
  let bytes = 0;
  for await (const recorded of records) {
    waiting.push(recorded);
    bytes += recorded.bytes;
    if (waiting.length < 2 * REORDERED && bytes < 2 * REORDERED_BYTES) continue;
    waiting.sort((a, b) => a.record.at - b.record.at);
    yield* waiting.slice(0, waiting.length >> 1);
    waiting = waiting.slice(waiting.length >> 1);
    bytes = waiting.reduce((sum, one) => sum + one.bytes, 0);
  }
  yield* waiting.sort((a, b) => a.record.at - b.record.at);
}

/** Share of the room in use, and the least distance between samples of one probe from there on. */
const SPARSER: readonly (readonly [share: number, apartMs: number])[] = [
  [0.9, Number.POSITIVE_INFINITY],
  [0.75, 15_000],
  [0.5, 5000],
];

/** Whether there is room for a sample. Samples are thinned out as the room fills, and leave after a window. */
function createRoom(): (recorded: Recorded<Sample>) => boolean {
  const taken: { readonly at: number; readonly bytes: number }[] = [];
  const newest = new Map<ProbeId, number>();
  let first = 0;
  let total = 0;
  return ({ record: { at, probe }, bytes }) => {
    for (let old = taken[first]; old !== undefined && old.at <= at - DEFAULT_WINDOW_MS; old = taken[++first])
      total -= old.bytes;
    if (first > REORDERED) {
      taken.splice(0, first);
      first = 0;
    }
    const [, apartMs] = SPARSER.find(([share]) => total + bytes > share * WINDOW_BYTES) ?? [
      0,
      Number.NEGATIVE_INFINITY,
    ];
    if (at - (newest.get(probe) ?? Number.NEGATIVE_INFINITY) < apartMs) return false;
    newest.set(probe, at);
    taken.push({ at, bytes });
    total += bytes;
    return true;
  };
}

export async function* recordedSamples(
  file: BundleFile,
  readLine: ReadLine<Sample>,
  leaveOut: LeaveOut,
): AsyncGenerator<Observation> {
  const hasRoom = createRoom();
  let crowded = 0;
  for await (const recorded of inOrder(recordsOf(file, readLine, () => {}))) {
    const { record, bytes } = recorded;
    if (hasRoom(recorded)) yield { at: record.at, kind: 'sample', sample: record, bytes };
    else crowded++;
  }
  if (crowded > 0)
    leaveOut(`${file.name}: ${crowded} samples were left out, because ten minutes of the file are too large`);
}

/** With what the catalogue says of their patterns now: a recording may be older. */
export async function* recordedSignals(
  file: BundleFile,
  readLine: ReadLine<Signal>,
  meanings: Meanings,
): AsyncGenerator<Observation> {
  for await (const { record } of inOrder(recordsOf(file, readLine, () => {}))) {
    const meaning = meanings.get(record.pattern);
    yield ofSignal(meaning === undefined ? record : { ...record, meaning });
  }
}
