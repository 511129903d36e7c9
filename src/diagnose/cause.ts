/**
 * The interface of a cause. Each file under `causes/` exports one: a pure function that judges the evidence, and the
 * text that explains the cause to people. The folder is scanned; there is no list to extend.
 */
import {
  type Confidence,
  type EvidenceItem,
  type Fix,
  type Losing,
  NOT_LOSING,
  type RuledOut,
  type Severity,
} from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { CheckId } from '../core/report.ts';
import type { Findings } from '../findings/findings.ts';

/** The cause holds. */
export interface Confirmed {
  readonly verdict: 'confirmed';
  readonly confidence: Confidence;
  readonly severity: Severity;
  /** One sentence with this host's numbers. */
  readonly summary: string;
  readonly evidenceFor: readonly EvidenceItem[];
  readonly fixes: readonly Fix[];
  readonly doNot: readonly string[];
  readonly nextChecks: readonly CheckId[];
  readonly losing: Losing;
  /** When it began, ms since the epoch. null when unknown. */
  readonly since: number | null;
  /** The state is certain, its origin is unknown. Without another cause the verdict is `cannot-tell`. */
  readonly symptomOnly?: boolean;
  /** Predicted seconds until clients are lost. */
  readonly secondsLeft?: number | null;
  /** Recent failed requests by upstream server, counted from the log lines of this cause. */
  readonly failed?: ReadonlyMap<string, number>;
  /**
   * The condition does not end by itself, or detecting it already took longer than a hold time. The incident opens
   * without a hold time.
   */
  readonly lasting?: boolean;
}

/** The cause was considered and does not hold. */
export interface NotIt extends Omit<RuledOut, 'cause'> {
  readonly verdict: 'ruled-out';
}

/** null: no evidence for this cause, and nothing to report. */
export type Judgement = Confirmed | NotIt | null;

export interface Cause {
  /** Equals the file name, the heading in the docs and the scenario name. */
  readonly id: string;
  /** A `note` is reported in a sentence and never opens an incident. */
  readonly kind: 'cause' | 'note';
  readonly title: string;
  /** What the cause is, in one or two sentences. */
  readonly means: string;
  /** How it appears: counters, log lines, what clients get. */
  readonly looksLike: string;
  /** What fixes it on any host. The fixes of a judgement carry the numbers of one host. */
  readonly fix: string;
  readonly differsFrom: readonly { readonly cause: string; readonly how: string }[];
  /** Public sources: nginx and kernel source, manual pages, documentation, reports as owner/repository#number. */
  readonly references: readonly string[];
  /** What `judge` reads: pattern groups, pattern ids, probe ids, and `settings`. A test checks that each exists. */
  readonly reads: readonly string[];
  /** Causes that follow from this one when both hold. */
  readonly consequences: readonly string[];
  /**
   * Order among causes that do not imply one another: the lower number is nearer to the root and wins
   * (src/nginx/README.md §7).
   */
  readonly precedence: number;
  judge(evidence: Evidence, findings: Findings): Judgement;
}

export function ruledOut(because: string): NotIt {
  return { verdict: 'ruled-out', because };
}

type Needed = 'confidence' | 'severity' | 'summary' | 'evidenceFor';
type Given = Pick<Confirmed, Needed> & Partial<Omit<Confirmed, Needed | 'verdict'>>;

export function confirmed(given: Given): Confirmed {
  return { verdict: 'confirmed', fixes: [], doNot: [], nextChecks: [], losing: NOT_LOSING, since: null, ...given };
}
