/**
 * Parses recorded samples: `samples.ndjson` from the event stream, and `stub_status.ndjson` as noted by hand. A line
 * that cannot be parsed is counted and reported, never fatal.
 */
import type { ZodError } from 'zod';
import { PROBE_FAILURES, type ProbeFailure, type Sample } from '../../core/sample.ts';
import type { SampleKind } from '../../core/sample-kind.ts';
import type { Attempt, StubStatusCounters } from '../../core/samples/stub-status.ts';
import { parseStubStatus } from '../../nginx/stub-status.ts';
import type { BundleFile } from './files.ts';
import { numberedLines } from './ndjson.ts';
import type { LeaveOut } from './stored-file.ts';

/** A line as a record, as the reason why it is invalid, or null when it is of another type. */
export type ReadLine<T> = (text: string) => T | string | null;

export interface Recorded<T> {
  readonly record: T;
  /** Length of its line, which is roughly its memory. */
  readonly bytes: number;
}

const failureNamed = (word: string): ProbeFailure | undefined => PROBE_FAILURES.find((one) => one === word);

/** A longer word is not a failure name. */
const MAX_WORD = 40;

/** Where and why the data is invalid, in a few words. */
export function misfit(error: ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'data does not fit' : `data.${issue.path.join('.')}: ${issue.message}`;
}

/** A later time is a typing error, and after the year 275760 there are no dates. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** ISO text or ms to ms; null for anything else. */
export function readTime(value: unknown): number | null {
  const parsed = typeof value === 'string' ? Date.parse(value) : value;
  return typeof parsed === 'number' && parsed >= 0 && parsed <= LATEST_MS ? parsed : null;
}

/** A file of another kind would have a message for each line. */
const MAX_PROBLEMS = 20;

function read<T>(line: string, readLine: ReadLine<T>): T | string | null {
  try {
    return readLine(line);
  } catch {
    return 'not JSON';
  }
}

/** The records of a file in its order; `leaveOut` receives the first invalid lines and the number of the others. */
export async function* recordsOf<T extends object>(
  file: BundleFile,
  readLine: ReadLine<T>,
  leaveOut: LeaveOut,
): AsyncGenerator<Recorded<T>> {
  let problems = 0;
  const report = (number: number, problem: string): void => {
    problems++;
    if (problems <= MAX_PROBLEMS) leaveOut(`${file.name}:${number}: ${problem}`);
  };
  for await (const { number, text } of numberedLines(file, (line) => report(line, 'longer than 1 MiB'))) {
    const answer = read(text, readLine);
    if (typeof answer === 'string') report(number, answer);
    else if (answer !== null) yield { record: answer, bytes: text.length };
  }
  if (problems > MAX_PROBLEMS) leaveOut(`${file.name}: ${problems - MAX_PROBLEMS} more lines`);
}

/** Throws when the line is not an object. */
export function objectIn(text: string): Record<string, unknown> {
  const object: unknown = JSON.parse(text);
  if (typeof object !== 'object' || object === null) throw new SyntaxError('not an object');
  return object as Record<string, unknown>;
}

/** A reader of `samples.ndjson` or of a whole event stream. Skips objects of other types. */
export function sampleReader(kinds: readonly SampleKind[]): ReadLine<Sample> {
  const known = new Map<unknown, SampleKind>(kinds.map((kind) => [kind.id, kind]));
  return (text) => {
    const object = objectIn(text);
    const at = readTime(object.at);
    if (object.type !== undefined && object.type !== 'sample') return null;
    if (at === null) return 'no time';
    const kind = known.get(object.probe);
    if (kind === undefined) return `unknown probe ${String(object.probe).slice(0, MAX_WORD)}`;
    const probe = kind.id;
    if (object.ok !== true) {
      const reason = failureNamed(String(object.reason)) ?? 'malformed';
      return { probe, at, ok: false, reason, detail: String(object.detail ?? '') };
    }
    const data = kind.schema.safeParse(object.data);
    // The schema of a probe gives the data of that probe, which TypeScript cannot follow through the map.
    return data.success ? ({ probe, at, ok: true, data: data.data } as Sample) : misfit(data.error);
  };
}

function failedAttempt(word: string): Attempt | null {
  const httpStatus = /^http-(\d{3})$/.exec(word)?.[1];
  const base = { ok: false as const, latencyMs: 0, detail: httpStatus === undefined ? word : `HTTP ${httpStatus}` };
  if (httpStatus !== undefined)
    return { ...base, reason: httpStatus === '403' || httpStatus === '401' ? 'denied' : 'http-error' };
  const reason = failureNamed(word);
  return reason === undefined ? null : { ...base, reason };
}

function asSample(at: number, fresh: Attempt, counters: StubStatusCounters | null): Sample {
  return { probe: 'stub-status', at, ok: true, data: { url: 'recorded', fresh, armed: null, counters } };
}

/**
 * A reader of `stub_status.ndjson`. A line without a time gets the time `spacingMs` after the line before it (the first
 * `startMs`), because only the order is known. Subtracts the recorder's connection from Active and Writing.
 */
export function statusReader(startMs: number, spacingMs: number): ReadLine<Sample> {
  let previous = startMs - spacingMs;
  return (text) => {
    const object = objectIn(text);
    previous = readTime(object.at) ?? previous + spacingMs;
    if (typeof object.failed === 'string') {
      const attempt = failedAttempt(object.failed);
      return attempt === null
        ? `unknown failure ${object.failed.slice(0, MAX_WORD)}`
        : asSample(previous, attempt, null);
    }
    const counters = typeof object.text === 'string' ? parseStubStatus(object.text) : null;
    if (counters === null) return 'not a stub_status text';
    const own = counters.active > 0 && counters.writing > 0 ? 1 : 0;
    const others = { ...counters, active: counters.active - own, writing: counters.writing - own };
    return asSample(previous, { ok: true, latencyMs: 0, counters }, others);
  };
}
