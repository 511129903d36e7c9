/**
 * Recorded samples back into samples: `samples.ndjson` as the event stream wrote them, and `stub_status.ndjson` as
 * someone noted it. A line that cannot be understood is counted and told, never fatal.
 */
import type { ZodError } from 'zod';
import { PROBE_FAILURES, type ProbeFailure, type Sample } from '../../core/sample.ts';
import type { SampleKind } from '../../core/sample-kind.ts';
import type { Attempt, StubStatusCounters } from '../../core/samples/stub-status.ts';
import { parseStubStatus } from '../../nginx/stub-status.ts';
import type { BundleFile } from './files.ts';
import { numberedLines } from './ndjson.ts';
import type { LeaveOut } from './stored-file.ts';

/** A line as a record, as the reason why it is none, or null when it is no matter of ours. */
export type ReadLine<T> = (text: string) => T | string | null;

export interface Recorded<T> {
  readonly record: T;
  /** Length of its line: how much memory it takes, roughly. */
  readonly bytes: number;
}

const failureNamed = (word: string): ProbeFailure | undefined => PROBE_FAILURES.find((one) => one === word);

/** More of a word than this is no word. */
const MAX_WORD = 40;

/** Where and why data does not fit, in a few words. */
export function misfit(error: ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'data does not fit' : `data.${issue.path.join('.')}: ${issue.message}`;
}

/** Any later "time" is a typing error, and beyond 275760 there are no dates at all. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** ISO text or ms to ms; null when it is neither. */
export function readTime(value: unknown): number | null {
  const parsed = typeof value === 'string' ? Date.parse(value) : value;
  return typeof parsed === 'number' && parsed >= 0 && parsed <= LATEST_MS ? parsed : null;
}

/** A file of another kind would have one for each line. */
const MAX_PROBLEMS = 20;

function read<T>(line: string, readLine: ReadLine<T>): T | string | null {
  try {
    return readLine(line);
  } catch {
    return 'not JSON';
  }
}

/** The records of a file in its order; `leaveOut` hears of the first lines that cannot be used, and of how many. */
export async function* recordsOf<T extends object>(
  file: BundleFile,
  readLine: ReadLine<T>,
  leaveOut: LeaveOut,
): AsyncGenerator<Recorded<T>> {
  let problems = 0;
  const tell = (number: number, problem: string): void => {
    problems++;
    if (problems <= MAX_PROBLEMS) leaveOut(`${file.name}:${number}: ${problem}`);
  };
  for await (const { number, text } of numberedLines(file, (line) => tell(line, 'longer than 1 MiB'))) {
    const answer = read(text, readLine);
    if (typeof answer === 'string') tell(number, answer);
    else if (answer !== null) yield { record: answer, bytes: text.length };
  }
  if (problems > MAX_PROBLEMS) leaveOut(`${file.name}: ${problems - MAX_PROBLEMS} more lines`);
}

/** Throws when the line is none. */
export function objectIn(text: string): Record<string, unknown> {
  const object: unknown = JSON.parse(text);
  if (typeof object !== 'object' || object === null) throw new SyntaxError('no object');
  return object as Record<string, unknown>;
}

/** A reader of `samples.ndjson`, or of a whole event stream: objects of another type are passed over. */
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
    // The schema of a probe gives the data of that probe; TypeScript cannot follow the pair through the map.
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
 * A reader of `stub_status.ndjson`. A line without a time is placed `spacingMs` after the one before it (the first at
 * `startMs`): the order is what is known of it. The recorder's own connection counts as Active and Writing and is taken off.
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
    if (counters === null) return 'no stub_status text';
    const own = counters.active > 0 && counters.writing > 0 ? 1 : 0;
    const others = { ...counters, active: counters.active - own, writing: counters.writing - own };
    return asSample(previous, { ok: true, latencyMs: 0, counters }, others);
  };
}
