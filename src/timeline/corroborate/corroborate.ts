/**
 * Separates believed from disputed log lines before causes use them, because strangers can write text into a log. A
 * line is disputed when processes or the status page contradict it (claims.ts), when no process of this nginx can have
 * written it (speaker.ts), or when it is part of raw text and names no known process. A note reports disputed lines.
 * Without samples of nginx every line is believed.
 */
import type { Disputed, Evidence, SignalTally } from '../../core/evidence.ts';
import { busiestOf, type Signal } from '../../core/signal.ts';
import { certainCounts } from '../../core/space-saving.ts';
import { CLAIMS, type Verdict } from './claims.ts';
import { Processes } from './processes.ts';
import { foreignVerdict, signalSpeakerVerdict, unknownSpeakerVerdict } from './speaker.ts';

/** Limit of disputed lines, which are listed by pattern, process and reason. */
const MOST_DISPUTED = 32;

export type Corroborated = Pick<Evidence, 'signals' | 'disputed' | 'waitingLines'>;

/** `summarize` computes the tally of the signals of one pattern. */
export function corroborate(
  evidence: Evidence,
  summarize: (pattern: string, signals: readonly Signal[]) => SignalTally | null,
): Corroborated {
  if (evidence.signals.size === 0) return { signals: evidence.signals };
  const judge = new Judge(evidence);
  const signals = new Map<string, SignalTally>();
  for (const [pattern, tally] of evidence.signals) {
    const believed = tally.signals.flatMap((signal) => judge.believed(signal));
    const isWhole = believed.length === tally.signals.length && believed.every((one, i) => one === tally.signals[i]);
    const kept = isWhole ? tally : summarize(pattern, believed);
    if (kept !== null) signals.set(pattern, kept);
  }
  return judge.result(signals);
}

class Judge {
  readonly #evidence: Evidence;
  readonly #processes: Processes;
  /** Processes that wrote lines which are not doubtful. */
  readonly #speakers: ReadonlySet<string>;
  /**
   * Whether pids of the log can be compared with those of /proc. They cannot for a container in an unknown namespace.
   */
  readonly #comparesPids: boolean;
  readonly #disputed = new Map<string, Disputed>();
  #waiting = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#processes = new Processes(evidence);
    this.#speakers = speakersOf(evidence);
    const isKnown = (pid: string): boolean => this.#processes.kindOf(Number(pid)) !== null;
    this.#comparesPids = this.#processes.areThoseOfLog || [...this.#speakers].some(isKnown);
  }

  /** The signal, or the part of it that known processes wrote, or nothing. */
  believed(signal: Signal): readonly Signal[] {
    const [own, others] = this.#bySpeaker(signal);
    for (const { pid, count, verdict } of others) this.#leaveOut({ ...signal, pid, count }, verdict);
    if (own === null) return [];
    const verdict = this.#verdict(own);
    if (verdict === null) return [own];
    this.#leaveOut(own, verdict);
    return [];
  }

  result(signals: ReadonlyMap<string, SignalTally>): Corroborated {
    return {
      signals,
      ...(this.#disputed.size === 0 ? {} : { disputed: [...this.#disputed.values()] }),
      ...(this.#waiting === 0 ? {} : { waitingLines: this.#waiting }),
    };
  }

  #verdict(signal: Signal): Verdict {
    if (signal.isDoubtful === true && !this.#namesKnown(signal))
      return 'it is part of text that an application logs, and names no known process';
    const speaker = this.#comparesPids ? signalSpeakerVerdict(signal, this.#evidence, this.#processes) : null;
    return speaker ?? CLAIMS[signal.pattern]?.check(signal, this.#evidence, this.#processes) ?? null;
  }

  /** Keeps of a folded signal the lines of the processes that can have written them. */
  #bySpeaker(signal: Signal): readonly [own: Signal | null, others: readonly Left[]] {
    const folded = signal.busiest?.pid;
    if (folded === undefined || !this.#comparesPids) return [signal, []];
    if (folded.every(({ key }) => this.#processes.kindOf(Number(key)) !== null)) return [signal, []];
    const verdict = unknownSpeakerVerdict(signal.at, this.#evidence, this.#processes);
    if (verdict === null) return [signal, []];
    const others: Left[] = [];
    for (const [key, count] of certainCounts(folded)) {
      const pid = Number(key);
      if (this.#processes.kindOf(pid) !== null) continue;
      others.push({ pid, count, verdict: verdict === 'foreign' ? foreignVerdict(pid) : verdict });
    }
    if (others.length === 0) return [signal, []];
    const left = new Set(others.map(({ pid }) => String(pid)));
    const known = folded.filter(({ key }) => !left.has(key));
    const count = known.reduce((sum, each) => sum + each.count, 0);
    const [first] = known;
    if (first === undefined) return [null, others];
    const pid = left.has(String(signal.pid)) ? Number(first.key) : signal.pid;
    return [{ ...signal, pid, count, busiest: { ...signal.busiest, pid: known } }, others];
  }

  #namesKnown({ pid, captures }: Signal): boolean {
    const { child, victim } = captures;
    return [pid === null ? undefined : String(pid), child, victim].some(
      (name) => name !== undefined && (this.#speakers.has(name) || this.#processes.kindOf(Number(name)) !== null),
    );
  }

  #leaveOut(signal: Signal, verdict: Verdict): void {
    if (verdict === null) return;
    if (verdict === 'waits') {
      this.#waiting += signal.count;
      return;
    }
    const { pattern, source, pid, count, at, line } = signal;
    const key = `${pattern} ${source} ${pid} ${verdict}`;
    const known = this.#disputed.get(key);
    if (known === undefined && this.#disputed.size >= MOST_DISPUTED) return;
    const lastAt = Math.max(at, known?.lastAt ?? at);
    this.#disputed.set(key, {
      pattern,
      source,
      pid,
      count: count + (known?.count ?? 0),
      lastAt,
      line: known?.line ?? line,
      because: verdict,
    });
  }
}

interface Left {
  readonly pid: number;
  readonly count: number;
  readonly verdict: Verdict;
}

function speakersOf({ signals }: Evidence): ReadonlySet<string> {
  const speakers = new Set<string>();
  for (const tally of signals.values()) {
    for (const signal of tally.signals) {
      if (signal.isDoubtful === true) continue;
      for (const { key } of busiestOf(signal, 'pid')) speakers.add(key);
    }
  }
  return speakers;
}
