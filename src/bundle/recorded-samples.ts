/**
 * Recorded samples back into samples: `samples.ndjson` as the event stream wrote them, and `stub_status.ndjson` as
 * someone noted it. A line that cannot be understood is counted and told, never fatal.
 */
import type { ZodError } from 'zod';
import type { Attempt, ProbeFailure, ProbeId, Sample, StubStatusCounters } from '../core/sample.ts';
import { parseStubStatus } from '../nginx/stub-status.ts';
import { SAMPLE_SCHEMAS } from './sample-schema.ts';

export interface Recorded {
  readonly samples: readonly Sample[];
  /** One sentence a line that was left out. */
  readonly problems: readonly string[];
}

const FAILURES: Readonly<Record<string, ProbeFailure>> = {
  reset: 'reset',
  refused: 'refused',
  'connect-timeout': 'connect-timeout',
  'read-timeout': 'read-timeout',
  denied: 'denied',
  absent: 'absent',
  timeout: 'timeout',
  'http-error': 'http-error',
  malformed: 'malformed',
  failed: 'failed',
};

const isProbe = (name: unknown): name is ProbeId => typeof name === 'string' && Object.hasOwn(SAMPLE_SCHEMAS, name);

/** Where and why data does not fit, in a few words. */
function misfit(error: ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'data does not fit' : `data.${issue.path.join('.')}: ${issue.message}`;
}

/** Any later "time" is a typing error, and beyond 275760 there are no dates at all. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** ISO text or ms to ms; null when it is neither. */
function readTime(value: unknown): number | null {
  const parsed = typeof value === 'string' ? Date.parse(value) : value;
  return typeof parsed === 'number' && parsed >= 0 && parsed <= LATEST_MS ? parsed : null;
}

/** A file of another kind would have one for each line. */
const MAX_PROBLEMS = 20;

type ReadLine = (object: Record<string, unknown>, at: number | null) => Sample | string | null;

function readLines(text: string, name: string, read: ReadLine): Recorded {
  const samples: Sample[] = [];
  const problems: string[] = [];
  let untold = 0;
  const tell = (problem: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
    else untold++;
  };
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `${name}:${index + 1}`;
    try {
      const object = JSON.parse(line) as Record<string, unknown>;
      const answer = read(object, readTime(object.at));
      if (answer === null) continue;
      if (typeof answer === 'string') tell(`${place}: ${answer}`);
      else samples.push(answer);
    } catch {
      tell(`${place}: not JSON`);
    }
  }
  if (untold > 0) problems.push(`${name}: ${untold} more lines`);
  return { samples, problems };
}

/** `samples.ndjson`, or a whole event stream: objects of another type are passed over. */
export function readSamples(text: string, name = 'samples.ndjson'): Recorded {
  return readLines(text, name, (object, at) => {
    if (object.type !== undefined && object.type !== 'sample') return null;
    if (at === null) return 'no time';
    const { probe } = object;
    if (!isProbe(probe)) return `unknown probe ${String(probe)}`;
    if (object.ok !== true) {
      const reason = FAILURES[String(object.reason)] ?? 'malformed';
      return { probe, at, ok: false, reason, detail: String(object.detail ?? '') };
    }
    const data = SAMPLE_SCHEMAS[probe].safeParse(object.data);
    // The schema of a probe gives the data of that probe; TypeScript cannot follow the pair through the table.
    return data.success ? ({ probe, at, ok: true, data: data.data } as Sample) : misfit(data.error);
  });
}

function failedAttempt(word: string): Attempt | null {
  const httpStatus = /^http-(\d{3})$/.exec(word)?.[1];
  const base = { ok: false as const, latencyMs: 0, detail: httpStatus === undefined ? word : `HTTP ${httpStatus}` };
  if (httpStatus !== undefined)
    return { ...base, reason: httpStatus === '403' || httpStatus === '401' ? 'denied' : 'http-error' };
  const reason = FAILURES[word];
  return reason === undefined ? null : { ...base, reason };
}

function asSample(at: number, fresh: Attempt, counters: StubStatusCounters | null): Sample {
  return { probe: 'stub-status', at, ok: true, data: { url: 'recorded', fresh, armed: null, counters } };
}

/**
 * `stub_status.ndjson`. A line without a time is placed `spacingMs` after the one before it (the first at `startMs`):
 * the order is what is known of it. The recorder's own connection counts as Active and Writing and is taken off.
 */
export function readStubStatus(text: string, startMs: number, spacingMs: number): Recorded {
  let previous = startMs - spacingMs;
  return readLines(text, 'stub_status.ndjson', (object, at) => {
    previous = at ?? previous + spacingMs;
    if (typeof object.failed === 'string') {
      const attempt = failedAttempt(object.failed);
      return attempt === null ? `unknown failure ${object.failed}` : asSample(previous, attempt, null);
    }
    const counters = typeof object.text === 'string' ? parseStubStatus(object.text) : null;
    if (counters === null) return 'no stub_status text';
    const own = counters.active > 0 && counters.writing > 0 ? 1 : 0;
    const others = { ...counters, active: counters.active - own, writing: counters.writing - own };
    return asSample(previous, { ok: true, latencyMs: 0, counters }, others);
  });
}
