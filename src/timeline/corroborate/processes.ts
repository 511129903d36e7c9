/** The processes of nginx according to the samples: which ran before and after a moment, and which ever ran. */
import type { Evidence } from '../../core/evidence.ts';
import type { SampleOf } from '../../core/sample.ts';
import type { ProcessKind, WorkerProcess, WorkersData } from '../../core/samples/workers.ts';

/** `data` is null when nginx did not run. */
export interface ProcessSample {
  readonly at: number;
  readonly data: WorkersData | null;
}

export interface Around {
  readonly before: ProcessSample | null;
  /** A sample that was surely after it, and the first one that may have been. */
  readonly after: ProcessSample | null;
  readonly soon: ProcessSample | null;
}

/** nginx writes whole seconds. */
export const LINE_MS = 1_000;
/** The start time of a process has a resolution of a second, on a clock that NTP adjusts. */
const START_SLACK_MS = 3_000;

export class Processes {
  readonly #samples: readonly ProcessSample[];
  readonly #kinds = new Map<number, ProcessKind | 'master'>();
  /** By time: a flood has many lines of one second. */
  readonly #around = new Map<number, Around>();

  constructor({ history, latest }: Evidence) {
    const samples = history.workers ?? [];
    const newest = latest.workers;
    const all = samples.length > 0 || newest === undefined ? samples : [newest];
    this.#samples = all.flatMap(processSampleOf);
    let known: readonly WorkerProcess[] = [];
    for (const { data } of this.#samples) {
      if (data === null || isSameList(known, data.processes)) continue;
      known = data.processes;
      for (const { pid, innerPid, kind } of known) this.#add(kind, pid, innerPid);
      this.#add('master', data.masterPid, data.masterInnerPid);
    }
  }

  #add(kind: ProcessKind | 'master', pid: number, innerPid: number | null | undefined): void {
    this.#kinds.set(pid, kind);
    if (innerPid != null) this.#kinds.set(innerPid, kind);
  }

  get newest(): ProcessSample | null {
    return this.#samples.at(-1) ?? null;
  }

  /** Whether the pids inside nginx's namespace are known, which are those in its log. */
  get areThoseOfLog(): boolean {
    return this.#samples.findLast(({ data }) => data !== null)?.data?.masterInnerPid != null;
  }

  /** The kind of a known process; null for an unknown one. */
  kindOf(pid: number): ProcessKind | 'master' | null {
    return this.#kinds.get(pid) ?? null;
  }

  /** The samples next to the time of a line. */
  around(at: number): Around {
    const known = this.#around.get(at);
    if (known !== undefined) return known;
    const found = this.#findAround(at);
    this.#around.set(at, found);
    return found;
  }

  #findAround(at: number): Around {
    const next = this.#samples.findLastIndex((sample) => sample.at <= at) + 1;
    let after = next;
    while (after < this.#samples.length && (this.#samples[after]?.at ?? 0) < at + LINE_MS) after++;
    return {
      before: this.#samples[next - 1] ?? null,
      after: this.#samples[after] ?? null,
      soon: this.#samples[next] ?? null,
    };
  }
}

function processSampleOf(sample: SampleOf<'workers'>): ProcessSample[] {
  if (sample.ok) return [{ at: sample.at, data: sample.data }];
  return sample.reason === 'absent' ? [{ at: sample.at, data: null }] : [];
}

function isSameList(a: readonly WorkerProcess[], b: readonly WorkerProcess[]): boolean {
  return a.length === b.length && a.every(({ pid, innerPid }, i) => pid === b[i]?.pid && innerPid === b[i]?.innerPid);
}

export function isOlder(startedAtMs: number, lineAt: number): boolean {
  return startedAtMs < lineAt - START_SLACK_MS;
}

export function processIn({ data }: ProcessSample, pid: number): WorkerProcess | null {
  return data?.processes.find((process) => process.pid === pid || process.innerPid === pid) ?? null;
}

/** The same master ran before and after. */
export function isSameMaster({ data: a }: ProcessSample, { data: b }: ProcessSample): boolean {
  return a !== null && b !== null && a.masterPid === b.masterPid && a.masterStartedAtMs === b.masterStartedAtMs;
}

/** The same master with the same children. */
export function areSameProcesses(before: ProcessSample, after: ProcessSample): boolean {
  if (!isSameMaster(before, after)) return false;
  const [a, b] = [before.data?.processes ?? [], after.data?.processes ?? []];
  const starts = new Map(a.map(({ pid, startedAtMs }) => [pid, startedAtMs]));
  return a.length === b.length && b.every(({ pid, startedAtMs }) => starts.get(pid) === startedAtMs);
}

/** All expected workers run, and each started before the line, so none was missing or replaced. */
export function isFullAndOlder({ data }: ProcessSample, lineAt: number, expected: number): boolean {
  if (data === null || !isOlder(data.masterStartedAtMs, lineAt)) return false;
  const workers = data.processes.filter(({ kind, generation }) => kind === 'worker' && generation === 'current');
  return workers.length >= expected && workers.every(({ startedAtMs }) => isOlder(startedAtMs, lineAt));
}
