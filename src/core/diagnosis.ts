/** The type of a diagnosis (src/core/README.md, "Diagnosis"). Times are ISO 8601 UTC with milliseconds. */

export type Verdict = 'named' | 'healthy' | 'cannot-tell';
/** Least sure first. */
export const CONFIDENCES = ['possible', 'likely', 'certain'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
/** Mildest first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Positive when `a` is more severe than `b`, negative when it is less severe. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** The number of steps by which `a` is more certain than `b`; negative when it is less certain. */
export function compareConfidence(a: Confidence, b: Confidence): number {
  return CONFIDENCES.indexOf(a) - CONFIDENCES.indexOf(b);
}

export interface EvidenceItem {
  /** The pattern, probe metric or setting of this evidence, e.g. `slots.used_ratio`. */
  readonly signal: string;
  readonly value: number | string;
  readonly unit: string | null;
  readonly threshold: number | null;
  /** One sentence for people. It may contain untrusted text: redact and escape it before output. */
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
  /** The exact line or command that makes it observable. */
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

/** Clients are lost, but no counter shows how many. */
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
  /** Predicted seconds until clients are lost; null or absent without a prediction. */
  readonly secondsLeft?: number | null;
  /** True when it cannot end without action, or was already observed for long: waiting for confirmation gains nothing. */
  readonly lasting?: boolean;
}
