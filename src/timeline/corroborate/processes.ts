/** The processes of nginx as the looks at them tell: who was there before and after a moment, and who ever was. */
import type { Evidence } from '../../core/evidence.ts';
import type { SampleOf } from '../../core/sample.ts';
import type { ProcessKind, WorkerProcess, WorkersData } from '../../core/samples/workers.ts';

/** `data` null: nginx did not run. */
export interface ProcessLook {
  readonly at: number;
  readonly data: WorkersData | null;
}

export interface Around {
  readonly before: ProcessLook | null;
  /** A look that was surely after it, and the first one that may have been. */
  readonly after: ProcessLook | null;
  readonly soon: ProcessLook | null;
}

/** nginx writes whole seconds. */
export const LINE_MS = 1_000;
/** The start of a process is known to a second, on a clock that NTP moves. */
const START_SLACK_MS = 3_000;

export class Processes {
  readonly #looks: readonly ProcessLook[];
  readonly #kinds = new Map<number, ProcessKind | 'master'>();
  /** By time: a flood has many lines of one second. */
  readonly #around = new Map<number, Around>();

  constructor({ history, latest }: Evidence) {
    const samples = history.workers ?? [];
    const newest = latest.workers;
    const all = samples.length > 0 || newest === undefined ? samples : [newest];
    this.#looks = all.flatMap(lookOf);
    let known: readonly WorkerProcess[] = [];
    for (const { data } of this.#looks) {
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

  get newest(): ProcessLook | null {
    return this.#looks.at(-1) ?? null;
  }

  /** Whether the pids are known that the processes themselves see, which are those of their log. */
  get areThoseOfLog(): boolean {
    return this.#looks.findLast(({ data }) => data !== null)?.data?.masterInnerPid != null;
  }

  /** What a process that was seen is; null for one that never was seen. */
  kindOf(pid: number): ProcessKind | 'master' | null {
    return this.#kinds.get(pid) ?? null;
  }

  /** The looks next to what was logged with this time. */
  around(at: number): Around {
    const known = this.#around.get(at);
    if (known !== undefined) return known;
    const found = this.#findAround(at);
    this.#around.set(at, found);
    return found;
  }

  #findAround(at: number): Around {
    const next = this.#looks.findLastIndex((look) => look.at <= at) + 1;
    let after = next;
    while (after < this.#looks.length && (this.#looks[after]?.at ?? 0) < at + LINE_MS) after++;
    return {
      before: this.#looks[next - 1] ?? null,
      after: this.#looks[after] ?? null,
      soon: this.#looks[next] ?? null,
    };
  }
}

function lookOf(sample: SampleOf<'workers'>): ProcessLook[] {
  if (sample.ok) return [{ at: sample.at, data: sample.data }];
  return sample.reason === 'absent' ? [{ at: sample.at, data: null }] : [];
}

function isSameList(a: readonly WorkerProcess[], b: readonly WorkerProcess[]): boolean {
  return a.length === b.length && a.every(({ pid, innerPid }, i) => pid === b[i]?.pid && innerPid === b[i]?.innerPid);
}

export function isOlder(startedAtMs: number, lineAt: number): boolean {
  return startedAtMs < lineAt - START_SLACK_MS;
}

export function processIn({ data }: ProcessLook, pid: number): WorkerProcess | null {
  return data?.processes.find((process) => process.pid === pid || process.innerPid === pid) ?? null;
}

/** The same master ran before and after. */
export function isSameMaster({ data: a }: ProcessLook, { data: b }: ProcessLook): boolean {
  return a !== null && b !== null && a.masterPid === b.masterPid && a.masterStartedAtMs === b.masterStartedAtMs;
}

/** The same master with the same children. */
export function areSameProcesses(before: ProcessLook, after: ProcessLook): boolean {
  if (!isSameMaster(before, after)) return false;
  const [a, b] = [before.data?.processes ?? [], after.data?.processes ?? []];
  const starts = new Map(a.map(({ pid, startedAtMs }) => [pid, startedAtMs]));
  return a.length === b.length && b.every(({ pid, startedAtMs }) => starts.get(pid) === startedAtMs);
}

/** All workers that should run do, and each began before the line: none was missing or replaced then. */
export function isFullAndOlder({ data }: ProcessLook, lineAt: number, expected: number): boolean {
  if (data === null || !isOlder(data.masterStartedAtMs, lineAt)) return false;
  const workers = data.processes.filter(({ kind, generation }) => kind === 'worker' && generation === 'current');
  return workers.length >= expected && workers.every(({ startedAtMs }) => isOlder(startedAtMs, lineAt));
}
