/**
 * What Slack needs from the rest of gapwatch; `app` implements it. Everything answers from memory and at once, also
 * while every probe hangs; a call that fails is a bug, an answer that is missing is a value.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident, Intent } from '../core/incident.ts';
import type { CheckId, CheckResult } from '../core/report.ts';
import type { CheckWord } from './commands/words.ts';

type Answer<T> = T | Promise<T>;

/** A finished text with a table, from a module that Slack does not know (digest, audit, doctor). Text is untrusted. */
export interface Report {
  readonly title: string;
  /** The takeaway, one sentence. */
  readonly lead: string;
  readonly lines: readonly string[];
  /** First row is the heading. */
  readonly table: readonly (readonly string[])[] | null;
  /** Lines to copy: config or shell. */
  readonly snippet: string | null;
  readonly footnotes: readonly string[];
  /** Says what the picture shows, for those who cannot see it; absent = the lead. */
  readonly altText?: string;
  /** Shown where no picture is. */
  readonly chart?: ReportChart;
}

/** A native line chart of at most six series. A null was not measured: its category is left out. Text is untrusted. */
export interface ReportChart {
  readonly title: string;
  readonly yLabel: string;
  /** Different from each other within 20 characters; of more than 20 some are left out. */
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** One picture in three forms: the PNG is shown where Slack takes files, else the chart, and the words always. */
export interface Picture {
  readonly png: Uint8Array | null;
  readonly altText: string;
  readonly chart: ReportChart | null;
}

export interface IntentAnswer {
  /** False: it no longer makes sense (settled by another person, resolved, unknown). */
  readonly accepted: boolean;
  /** One sentence for the person who clicked; names who was first. */
  readonly answer: string;
}

export interface EvidenceView {
  readonly incident: Incident;
  /** What its cause is and what mends it on any host; null for a cause that this version does not know. */
  readonly about: { readonly means: string; readonly fix: string } | null;
  /** Log lines without the text of others, newest last. */
  readonly excerpts: readonly string[];
  /** Lines from before this time are not kept. */
  readonly excerptsFrom: number;
  /** The story so far, oldest first. */
  readonly story: readonly { readonly at: number; readonly text: string }[];
}

/** What a new look found, against the incident's last change. */
export interface Recheck {
  /** The new conclusion in one sentence. */
  readonly text: string;
  /** Time of the answers it was compared with; null when there were none. */
  readonly since: number | null;
  /** One line for each difference; empty: none. */
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

/** Who did what through Slack; goes into the store. */
export interface ActionNote {
  readonly at: number;
  readonly who: string;
  /** What that person is called in Slack, where the payload says so. Untrusted. */
  readonly name?: string | undefined;
  readonly what: string;
  readonly target: string | null;
  readonly answer: string;
}

export interface SlackPorts {
  /** Names of the hosts this process speaks for. */
  hosts(): readonly string[];
  /** Every cause id, for `mute`. */
  causes(): readonly string[];
  /** Every check, with what it shows. */
  checks(): readonly CheckWord[];
  /** The known word that a mistyped one most likely means; null when none is near. */
  nearest(word: string, known: readonly string[]): string | null;
  status(checks: readonly CheckId[] | 'all', host: string): Answer<readonly CheckResult[]>;
  /** The current diagnosis with its full differential. */
  why(host: string): Answer<Diagnosis>;
  /** Open ones, and those of the last day. */
  incidents(host: string): Answer<readonly Incident[]>;
  /** Of the `lastMs` before now; null: of a day. */
  digest(lastMs: number | null, host: string): Answer<Report>;
  audit(host: string): Answer<Report>;
  doctor(host: string): Answer<Report>;
  mutes(): readonly Mute[];
  mute(mute: Mute): Answer<IntentAnswer>;
  intent(intent: Intent): Answer<IntentAnswer>;
  evidenceOf(incidentId: string): Answer<EvidenceView | null>;
  /** Looks again and says what changed since the incident's last change; null when there is no such incident. */
  recheck(incidentId: string): Answer<(Recheck & { readonly host: string }) | null>;
  /** `seen before: 3 times since Tuesday, last fixed by …`; null the first time. */
  seenBefore(incident: Incident): string | null;
  home(): Answer<HomeData>;
  record(note: ActionNote): void;
}
