/** The common part of all sources: delivers lines, counts them, and reports changes of the state. */
import {
  type Deliver,
  type LogSource,
  NO_COUNTS,
  type SourceCounters,
  type SourceEvents,
  type SourceKind,
  type SourceState,
} from './source.ts';
import type { Piece } from './splitter.ts';

const NEWLINE = 10;

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

export class Outlet {
  readonly counters: { -readonly [K in keyof SourceCounters]: number } = { ...NO_COUNTS };
  readonly #name: LogSource['name'];
  readonly #events: SourceEvents;
  #kind: SourceKind = 'stopped';
  #detail = 'not started';
  #trouble: string | null = null;

  constructor(name: string, events: SourceEvents) {
    this.#name = name;
    this.#events = events;
  }

  deliver(generation: string, piece: Piece): ReturnType<Deliver> {
    this.counters.bytes += piece.bytes.length;
    this.counters.lines += countLines(piece.bytes);
    return this.#events.deliver({ source: this.#name, generation, offset: piece.offset, bytes: piece.bytes });
  }

  /** Sets the state; reports it when its kind changes. */
  become(kind: SourceKind, detail: string): void {
    const isOther = kind !== this.#kind;
    this.#kind = kind;
    this.#detail = detail;
    if (isOther) this.tell();
  }

  /** Sets SourceState.trouble; reports it when it changes. */
  trouble(text: string | null): void {
    if (text === this.#trouble) return;
    this.#trouble = text;
    this.tell();
  }

  tell(): void {
    this.#events.onState?.(this.state());
  }

  state(): SourceState {
    return { kind: this.#kind, detail: this.#detail, trouble: this.#trouble, counters: { ...this.counters } };
  }
}
