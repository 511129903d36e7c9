/**
 * What one file under `causes/` promises: a pure judgement over the evidence, and the words that explain the cause to
 * people. Adding a cause is adding such a file; nothing lists them.
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
  /** When it began, ms since the epoch; null when that cannot be told. */
  readonly since: number | null;
  /** True when the state is certain but what brought it about is not seen: alone it leads to `cannot-tell`. */
  readonly symptomOnly?: boolean;
  /** Seconds until clients are lost, when that is foreseen. */
  readonly secondsLeft?: number | null;
  /** Requests that failed lately, by the upstream server they were for, as its own lines count them. */
  readonly failed?: ReadonlyMap<string, number>;
  /** It cannot pass by itself, or took its time to be told at all: an incident need not wait whether it lasts. */
  readonly lasting?: boolean;
}

/** The cause was considered and does not hold. */
export interface NotIt extends Omit<RuledOut, 'cause'> {
  readonly verdict: 'ruled-out';
}

/** null: there is nothing that speaks for it, and nothing to say. */
export type Judgement = Confirmed | NotIt | null;

export interface Cause {
  /** = file name = heading in the docs = scenario name. */
  readonly id: string;
  /** `note`: worth a sentence, never an incident. */
  readonly kind: 'cause' | 'note';
  readonly title: string;
  /** What it is, one or two sentences. */
  readonly means: string;
  /** How it shows: counters, log lines, what clients see. */
  readonly looksLike: string;
  /** What mends it on any host; a judgement carries the fixes with the numbers of this one. */
  readonly fix: string;
  readonly differsFrom: readonly { readonly cause: string; readonly how: string }[];
  /** Public sources: nginx and kernel source, manual pages, documentation, reports as owner/repository#number. */
  readonly references: readonly string[];
  /** Groups of patterns (a pattern's id is one) and probe ids it reads, and `settings`. A test checks that each exists. */
  readonly reads: readonly string[];
  /** Causes that are consequences when this one holds too. */
  readonly consequences: readonly string[];
  /** Nearness to the root among causes that do not imply one another: lower goes first (src/nginx/README.md §7). */
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
