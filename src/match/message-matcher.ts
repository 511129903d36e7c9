/**
 * Decides one line: which pattern accepts its message and is not vetoed. Nothing is decoded; a line costs one walk over its
 * head and over as much of its message as could still become a match.
 */
import { LOG_LEVELS } from '../core/signal.ts';
import { ErrorHead } from '../nginx/error-head.ts';
import { Automaton } from './automaton.ts';
import type { Catalogue, CompiledPattern } from './compile-catalogue.ts';
import { DecidedBeginnings, UNDECIDED } from './decided-beginnings.ts';

/** Starts of the automaton: 0 for a head without a level, 1 + level index, then these. */
const SYSTEM_START = LOG_LEVELS.length + 1;
const BARE_START = SYSTEM_START + 1;

export class MessageMatcher {
  readonly #automaton: Automaton;
  readonly #head = new ErrorHead();
  readonly #decided: DecidedBeginnings;

  constructor({ patterns, program }: Catalogue, decided = new DecidedBeginnings()) {
    this.#decided = decided;
    const startFor = (allowed: (compiled: CompiledPattern) => boolean) =>
      patterns.filter(allowed).flatMap(({ start, vetoes }) => [start, ...vetoes]);
    const nginxAt = (level: number) =>
      startFor(({ pattern, levelBits }) => pattern.from === 'nginx' && ((levelBits >> level) & 1) === 1);
    this.#automaton = new Automaton(program, [
      startFor(({ pattern }) => pattern.from === 'nginx' && pattern.bare),
      ...LOG_LEVELS.map((_, level) => nginxAt(level)),
      startFor(({ pattern }) => pattern.from === 'system'),
      startFor(({ pattern }) => pattern.bare),
    ]);
  }

  /** The index of the preferred pattern for the line `bytes[start, end)`; -1 for none. `view` shows the same bytes. */
  match(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const head = this.#head;
    head.locate(bytes, start, end);
    const from = head.messageAt;
    const entry = head.origin === 'nginx' ? head.level + 1 : head.origin === 'system' ? SYSTEM_START : BARE_START;
    const known = this.#decided.find(entry, view, from, end);
    if (known !== UNDECIDED) return known;
    const decidedAt = this.#automaton.run(entry, bytes, from, end);
    const pattern = this.#preferred();
    this.#decided.keep(entry, view, from, Math.min(decidedAt, end) - from, decidedAt > end, pattern);
    return pattern;
  }

  #preferred(): number {
    const automaton = this.#automaton;
    let best = -1;
    for (let i = 0; i < automaton.foundCount; i++) {
      const index = automaton.found[i] ?? -1;
      if (index >= 0 && (best < 0 || index < best) && !automaton.vetoed(index)) best = index;
    }
    return best;
  }
}
