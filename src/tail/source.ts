/**
 * The interface of a log source. Every source delivers whole lines as bytes, in order, once, and counts what it could not
 * deliver. What normally happens to a log (absent, denied, rotated, cut) is a state, not an error.
 */
import type { LineBatch } from '../core/line.ts';

/**
 * Takes a batch. A source that gets a promise back reads no further, and counts nothing as delivered, until it
 * resolves; when it rejects, the source stops and keeps its saved position.
 */
export type Deliver = (batch: LineBatch) => void | Promise<void>;

/** What a source has seen since it was started. */
export interface SourceCounters {
  /** Bytes and lines delivered. */
  readonly bytes: number;
  readonly lines: number;
  /** Lines longer than the cap: cut, never dropped. */
  readonly cappedLines: number;
  /** The name was given to another file. */
  readonly rotations: number;
  /** The file was emptied or rewritten in place. */
  readonly truncations: number;
  /** Bytes known to have been in the log and to be out of reach. A lower bound: lines written and removed between two polls are not counted. */
  readonly lostBytes: number;
}

export const NO_COUNTS: SourceCounters = {
  bytes: 0,
  lines: 0,
  cappedLines: 0,
  rotations: 0,
  truncations: 0,
  lostBytes: 0,
};

/**
 * `waiting` (absent), `denied` (no right to read) and `refused` (no file that may be trusted, see files/read-file.ts) heal by
 * themselves once the reason is gone.
 */
export type SourceKind = 'following' | 'waiting' | 'denied' | 'refused' | 'stopped';

export interface SourceState {
  readonly kind: SourceKind;
  /** One sentence for people. */
  readonly detail: string;
  /** Something that goes wrong beside the reading, such as a position that cannot be saved; null when nothing does. */
  readonly trouble: string | null;
  readonly counters: SourceCounters;
}

export interface LogSource {
  /** The path, `-`, or the syslog address; `source` of its batches. */
  readonly name: string;
  /** Resolves when the source has its place and delivers what comes from now on. */
  start(): Promise<void>;
  /** Drains what can be read now, saves the position, resolves when all of it is delivered. */
  stop(): Promise<void>;
  state(): SourceState;
}

export interface SourceEvents {
  readonly deliver: Deliver;
  /** Called when the kind or the trouble changes, and at each rotation or truncation. */
  readonly onState?: (state: SourceState) => void;
}
