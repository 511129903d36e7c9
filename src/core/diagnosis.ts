/** The type of a diagnosis (src/core/README.md, "Diagnosis"). Times are ISO 8601 UTC with milliseconds. */

export type Verdict = 'named' | 'healthy' | 'cannot-tell';
/** Least sure first. */
export const CONFIDENCES = ['possible', 'likely', 'certain'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
/** Mildest first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Above 0 when `a` is graver than `b`, below 0 when it is milder. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** Above 0 when `a` is surer than `b`, by that many steps. */
export function compareConfidence(a: Confidence, b: Confidence): number {
  return CONFIDENCES.indexOf(a) - CONFIDENCES.indexOf(b);
}

export interface EvidenceItem {
  /** Signal pattern, probe metric or setting it rests on, e.g. `slots.used_ratio`. */
  readonly signal: string;
  readonly value: number | string;
  readonly unit: string | null;
  readonly threshold: number | null;
  /** One sentence for people. May hold untrusted text: escape and redact before it leaves. */
  readonly text: string;
  readonly at: string;
}

export interface RuledOut {
  readonly cause: string;
  readonly because: string;
}

export interface NotObservable {
  readonly what: string;
  readonly because: string;
  /** The exact line or command that would make it observable. */
  readonly remedy: string;
}

export interface Fix {
  readonly title: string;
  readonly directive: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly snippet: string;
  readonly effect: string;
  readonly risk: string;
}

export interface Losing {
  readonly now: boolean;
  readonly perSecond: number;
  /** Clients, requests or connections counted so far; 0 while clients are lost (`now`) means that nothing counts them. */
  readonly total: number;
  /** `connections reset by a full worker`, `500s`, `connect timeouts`, …; null while nothing is lost. */
  readonly how: string | null;
}

export const NOT_LOSING: Losing = { now: false, perSecond: 0, total: 0, how: null };

/** Clients are lost and nothing counts them. */
export function uncounted(how: string): Losing {
  return { now: true, perSecond: 0, total: 0, how };
}

export interface Diagnosis {
  readonly verdict: Verdict;
  readonly cause: string | null;
  readonly alsoPresent: readonly string[];
  readonly confidence: Confidence;
  readonly severity: Severity;
  readonly losing: Losing;
  readonly since: string | null;
  readonly asOf: string;
  readonly summary: string;
  readonly evidenceFor: readonly EvidenceItem[];
  readonly ruledOut: readonly RuledOut[];
  readonly notObservable: readonly NotObservable[];
  readonly fixes: readonly Fix[];
  readonly doNot: readonly string[];
  readonly nextChecks: readonly string[];
  /** Seconds until clients are lost, when that is foreseen; null or absent otherwise. */
  readonly secondsLeft?: number | null;
  /** True when it cannot end without action, or was already observed for long: waiting for confirmation gains nothing. */
  readonly lasting?: boolean;
}
