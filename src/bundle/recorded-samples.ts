/**
 * Recorded samples back into samples: `samples.ndjson` as the event stream wrote them, and `stub_status.ndjson` as
 * someone noted it. A line that cannot be understood is counted and told, never fatal.
 */
import type { Attempt, ProbeFailure, Sample, StubStatusCounters } from '../core/sample.ts';
import { parseStubStatus } from '../nginx/stub-status.ts';

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
  malformed: 'malformed',
};

const PROBES: ReadonlySet<string> = new Set([
  'stub-status',
  'workers',
  'fds',
  'listeners',
  'kernel',
  'slots',
  'sockets',
  'system',
  'access',
]);

/** ISO text or ms to ms; null when it is neither. */
export function readTime(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

type ReadLine = (object: Record<string, unknown>, at: number | null) => Sample | string;

function readLines(text: string, name: string, read: ReadLine): Recorded {
  const samples: Sample[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `${name}:${index + 1}`;
    try {
      const object = JSON.parse(line) as Record<string, unknown>;
      const answer = read(object, readTime(object.at));
      if (typeof answer === 'string') problems.push(`${place}: ${answer}`);
      else samples.push(answer);
    } catch {
      problems.push(`${place}: not JSON`);
    }
  }
  return { samples, problems };
}

/** `samples.ndjson`, or a whole event stream: objects of another type are passed over. */
export function readSamples(text: string, name = 'samples.ndjson'): Recorded {
  const other = 'other';
  const all = readLines(text, name, (object, at) => {
    if (object.type !== undefined && object.type !== 'sample') return other;
    if (at === null) return 'no time';
    if (typeof object.probe !== 'string' || !PROBES.has(object.probe)) return `unknown probe ${String(object.probe)}`;
    const { probe } = object;
    if (object.ok === true && typeof object.data === 'object' && object.data !== null) {
      return { probe, at, ok: true, data: object.data } as Sample;
    }
    const reason = FAILURES[String(object.reason)] ?? 'malformed';
    return { probe, at, ok: false, reason, detail: String(object.detail ?? '') } as Sample;
  });
  return { samples: all.samples, problems: all.problems.filter((text) => !text.endsWith(`: ${other}`)) };
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
