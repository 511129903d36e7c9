/**
 * The hot path: which lines of a block of bytes match which pattern. Nothing is decoded; each line costs one walk over
 * its head and as much of its message as could still become a match.
 */
import { LOG_LEVELS } from '../core/signal.ts';
import { ErrorHead } from '../nginx/error-head.ts';
import { Automaton } from './automaton.ts';
import { CaptureFinder } from './captures.ts';
import type { Catalogue, CompiledPattern } from './compile-catalogue.ts';
import { DecidedBeginnings, UNDECIDED } from './decided-beginnings.ts';
import { KnownLines } from './known-lines.ts';
import { BEGINNINGS, ScanMemory, SPACE_BYTES } from './scan-memory.ts';
import { SkipScan } from './skip-scan.ts';

/** `start` and `end` bound the line without its newline; `pattern` is the index in the catalogue. */
export type OnMatch = (pattern: number, start: number, end: number) => void;

export interface Matcher {
  readonly catalogue: Catalogue;
  /** Room for a block of lines: those that stand in it are scanned where they are, all others are copied first. */
  space(): Buffer;
  /** Scans whole lines, the last one with or without its newline; `onMatch` is called in their order. */
  scan(bytes: Uint8Array, onMatch: OnMatch): void;
  /** Whether a message that begins with this text can match the pattern. */
  mayBegin(pattern: number, text: Uint8Array): boolean;
  /** The pattern's named groups in one line that it matched. */
  captures(pattern: number, line: Uint8Array): Readonly<Record<string, string>>;
}

const NEWLINE = 10;
const RETURN = 13;
/** Starts of the automaton: 0 for a head without a level, 1 + level index, then these. */
const SYSTEM_START = LOG_LEVELS.length + 1;
const BARE_START = SYSTEM_START + 1;
/** With more than one line to look at in so many bytes, for so many scans every line is looked at. */
const CROWDED_BYTES = 800;
const CROWDED_SCANS = 15;
/** So many lines tell whether a log begins crowded, before anything is spent on skipping. */
const FIRST_LINES = 64;
const IGNORED: OnMatch = () => {};

export function createMatcher(catalogue: Catalogue): Matcher {
  return new LineMatcher(catalogue);
}

class LineMatcher implements Matcher {
  readonly catalogue: Catalogue;
  readonly #finders: readonly CaptureFinder[];
  readonly #automaton: Automaton;
  readonly #head = new ErrorHead();
  readonly #memory = ScanMemory.create();
  readonly #decided = new DecidedBeginnings(this.#memory?.memory.buffer, this.#memory === null ? 0 : BEGINNINGS);
  /** Of a scan of bytes that stand in the memory; made when a reader asks for room there. */
  #known: KnownLines | null = null;
  #knownInSpace: KnownLines | null | undefined;
  /** Made when it is first needed: a short or crowded log never needs it. null when nothing can be skipped. */
  #skip: SkipScan | null | undefined;
  /** Of the bytes under scan, to compare words of them. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Its starts are the patterns; made when it is first needed. */
  #eachAlone: Automaton | null = null;
  #begun = false;
  /** Scans to come in which every line is looked at; bytes and matches of those that were. */
  #wholeScans = 0;
  #bytesSeen = 0;
  #matchesSeen = 0;

  constructor(catalogue: Catalogue) {
    this.catalogue = catalogue;
    this.#finders = catalogue.patterns.map(({ start, names }) => new CaptureFinder(catalogue.program, start, names));
    const startFor = (allowed: (compiled: CompiledPattern) => boolean) =>
      catalogue.patterns.filter(allowed).flatMap(({ start, vetoes }) => [start, ...vetoes]);
    const nginxAt = (level: number) =>
      startFor(({ pattern, levelBits }) => pattern.from === 'nginx' && ((levelBits >> level) & 1) === 1);
    this.#automaton = new Automaton(catalogue.program, [
      startFor(({ pattern }) => pattern.from === 'nginx' && pattern.bare),
      ...LOG_LEVELS.map((_, level) => nginxAt(level)),
      startFor(({ pattern }) => pattern.from === 'system'),
      startFor(({ pattern }) => pattern.bare),
    ]);
  }

  space(): Buffer {
    const memory = this.#memory;
    if (memory === null) return Buffer.allocUnsafeSlow(SPACE_BYTES);
    if (this.#knownInSpace === undefined) this.#knownInSpace = KnownLines.create(memory);
    return memory.space;
  }

  scan(bytes: Uint8Array, onMatch: OnMatch): void {
    // Buffer's own indexOf is three times as fast as Uint8Array's.
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#known = this.#memory?.holds(bytes) ? (this.#knownInSpace ?? null) : null;
    if (!this.#begun) this.#begin(buffer);
    const skip = this.#wholeScans > 0 ? null : this.#skipping();
    if (skip === null) this.#scanLines(buffer, onMatch);
    else this.#scanCandidates(skip, buffer, onMatch);
  }

  #begin(bytes: Buffer): void {
    this.#begun = true;
    let at = 0;
    for (let line = 0; line < FIRST_LINES && at < bytes.length; line++) at = this.#line(bytes, at, IGNORED);
    this.#countOn(this.#matchesSeen * CROWDED_BYTES > at);
  }

  #skipping(): SkipScan | null {
    if (this.#skip === undefined) {
      this.#skip = this.#memory === null ? null : SkipScan.create(this.catalogue.patterns, this.#memory);
    }
    return this.#skip;
  }

  #scanLines(bytes: Buffer, onMatch: OnMatch): void {
    const known = this.#known;
    for (let start = 0; start < bytes.length; )
      start = known === null ? this.#line(bytes, start, onMatch) : this.#lines(known, bytes, start, onMatch);
    this.#bytesSeen += bytes.length;
    if (--this.#wholeScans > 0) return;
    this.#countOn(this.#matchesSeen * CROWDED_BYTES > this.#bytesSeen);
  }

  /** Decides how the next scans are done. */
  #countOn(crowded: boolean): void {
    this.#wholeScans = crowded ? CROWDED_SCANS : 0;
    this.#bytesSeen = 0;
    this.#matchesSeen = 0;
  }

  #scanCandidates(skip: SkipScan, bytes: Buffer, onMatch: OnMatch): void {
    const candidates = skip.candidates(bytes);
    let next = 0;
    for (const at of candidates) {
      if (at >= next) next = this.#line(bytes, bytes.lastIndexOf(NEWLINE, at) + 1, onMatch);
    }
    if (candidates.length * CROWDED_BYTES > bytes.length) this.#countOn(true);
  }

  /** Looks at one line; answers where the next one begins. */
  #line(bytes: Buffer, start: number, onMatch: OnMatch): number {
    const base = bytes.byteOffset;
    const known = this.#known;
    if (known !== null) {
      const pattern = known.find(base + start, base + bytes.length);
      return this.#decide(bytes, start, known.end - base, pattern, onMatch);
    }
    const newline = bytes.indexOf(NEWLINE, start);
    return this.#decide(bytes, start, newline < 0 ? bytes.length : newline, UNDECIDED, onMatch);
  }

  /** Looks at some lines in one go; answers where the next one begins. */
  #lines(known: KnownLines, bytes: Buffer, start: number, onMatch: OnMatch): number {
    const base = bytes.byteOffset;
    const count = known.findLines(base + start, base + bytes.length);
    let next = start;
    for (let i = 0; i < count; i++) {
      next = this.#decide(bytes, next, (known.ends[i] ?? 0) - base, known.results[i] ?? UNDECIDED, onMatch);
    }
    return next;
  }

  /** `newline` is where the line ends; answers where the next one begins. */
  #decide(bytes: Buffer, start: number, newline: number, known: number, onMatch: OnMatch): number {
    const end = newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    const pattern = known === UNDECIDED ? this.#match(bytes, start, end) : known;
    if (pattern >= 0) {
      this.#matchesSeen++;
      onMatch(pattern, start, end);
    }
    return newline + 1;
  }

  mayBegin(pattern: number, text: Uint8Array): boolean {
    const { program, patterns } = this.catalogue;
    this.#eachAlone ??= new Automaton(
      program,
      patterns.map(({ start }) => [start]),
    );
    return this.#eachAlone.run(pattern, text, 0, text.length) > text.length || this.#eachAlone.foundCount > 0;
  }

  captures(pattern: number, line: Uint8Array): Readonly<Record<string, string>> {
    this.#head.locate(line, 0, line.length);
    return this.#finders[pattern]?.find(line, this.#head.messageAt) ?? {};
  }

  /** The preferred pattern that accepts the message and is not vetoed; -1 for none. */
  #match(bytes: Uint8Array, start: number, end: number): number {
    const head = this.#head;
    head.locate(bytes, start, end);
    const from = head.messageAt;
    const entry = head.origin === 'nginx' ? head.level + 1 : head.origin === 'system' ? SYSTEM_START : BARE_START;
    const known = this.#decided.find(entry, this.#view, from, end);
    if (known !== UNDECIDED) return known;
    const decidedAt = this.#automaton.run(entry, bytes, from, end);
    const pattern = this.#preferred();
    this.#decided.keep(entry, this.#view, from, Math.min(decidedAt, end) - from, decidedAt > end, pattern);
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
