/**
 * The interface that Slack needs from the service. Every method answers from memory at once, also while all probes
 * hang. A method that throws is a bug; missing data are a value.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident, Intent } from '../core/incident.ts';
import type { CheckId, CheckResult } from '../core/report.ts';
import type { CheckWord } from './commands/words.ts';

type Answer<T> = T | Promise<T>;

/** A finished text with a table, from the digest, the audit or the doctor. The text is untrusted. */
export interface Report {
  readonly title: string;
  /** The conclusion, one sentence. */
  readonly lead: string;
  readonly lines: readonly string[];
  /** The first row is the heading. */
  readonly table: readonly (readonly string[])[] | null;
  /** Config or shell lines to copy. */
  readonly snippet: string | null;
  readonly footnotes: readonly string[];
  /** Describes the picture for screen readers; default: the lead. */
  readonly altText?: string;
  /** Shown when there is no picture. */
  readonly chart?: ReportChart;
}

/** A native line chart of at most six series. A category with a null value is left out. The text is untrusted. */
export interface ReportChart {
  readonly title: string;
  readonly yLabel: string;
  /** Unique within 20 characters. At most 20 are shown. */
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** One picture in three forms: the PNG when Slack accepts files, else the chart, and always the text. */
export interface Picture {
  readonly png: Uint8Array | null;
  readonly altText: string;
  readonly chart: ReportChart | null;
}

export interface IntentAnswer {
  /** False when the request no longer applies (settled by another person, resolved, unknown). */
  readonly accepted: boolean;
  /** One sentence for the person who clicked. Names the person who was first. */
  readonly answer: string;
}

export interface EvidenceView {
  readonly incident: Incident;
  /** Meaning and general fix of the cause; null for a cause that this version does not know. */
  readonly about: { readonly means: string; readonly fix: string } | null;
  /** Log lines without text of clients, newest last. */
  readonly excerpts: readonly string[];
  /** Earlier lines are not kept. */
  readonly excerptsFrom: number;
  /** The history, oldest first. */
  readonly story: readonly { readonly at: number; readonly text: string }[];
}

/** The result of a new poll, compared with the incident's last change. */
export interface Recheck {
  /** The new diagnosis in one sentence. */
  readonly text: string;
  /** Time of the compared answers; null when there are none. */
  readonly since: number | null;
  /** One line for each difference. */
  readonly changes: readonly string[];
  readonly results: readonly CheckResult[];
}

export interface Mute {
  readonly host: string | null;
  readonly cause: string | null;
  readonly until: number;
  readonly by: string;
  readonly reason: string | null;
}

export interface HomeData {
  readonly hosts: readonly {
    readonly host: string;
    /** Hottest worker first. */
    readonly workers: readonly { readonly pid: number; readonly used: number; readonly limit: number | null }[];
  }[];
  readonly incidents: readonly Incident[];
  readonly blindSpots: readonly { readonly what: string; readonly remedy: string }[];
  readonly mutes: readonly Mute[];
  readonly nextDigestAt: number | null;
  readonly asOf: number;
}

/** A person's action in Slack, for the store. */
export interface ActionNote {
  readonly at: number;
  readonly who: string;
  /** The person's name in Slack, when the payload holds it. Untrusted. */
  readonly name?: string | undefined;
  readonly what: string;
  readonly target: string | null;
  readonly answer: string;
}

export interface SlackPorts {
  /** The hosts that this process reports on. */
  hosts(): readonly string[];
  /** Every cause id, for `mute`. */
  causes(): readonly string[];
  /** Every check, with what it shows. */
  checks(): readonly CheckWord[];
  /** The known word closest to a mistyped one; null when none is close. */
  nearest(word: string, known: readonly string[]): string | null;
  status(checks: readonly CheckId[] | 'all', host: string): Answer<readonly CheckResult[]>;
  /** The current diagnosis with its full differential. */
  why(host: string): Answer<Diagnosis>;
  /** Open incidents, and those of the last day. */
  incidents(host: string): Answer<readonly Incident[]>;
  /** The `lastMs` before now; null means a day. */
  digest(lastMs: number | null, host: string): Answer<Report>;
  audit(host: string): Answer<Report>;
  doctor(host: string): Answer<Report>;
  mutes(): readonly Mute[];
  mute(mute: Mute): Answer<IntentAnswer>;
  intent(intent: Intent): Answer<IntentAnswer>;
  evidenceOf(incidentId: string): Answer<EvidenceView | null>;
  /** Polls again and returns what changed since the incident's last change; null for an unknown incident. */
  recheck(incidentId: string): Answer<(Recheck & { readonly host: string }) | null>;
  /** `seen before: 3 times since Tuesday, last fixed by …`; null for the first time. */
  seenBefore(incident: Incident): string | null;
  home(): Answer<HomeData>;
  record(note: ActionNote): void;
}
