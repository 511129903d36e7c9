/**
 * The fast twin of the plain scanner: WebAssembly skips what cannot match and decides lines whose beginning was decided
 * before. Where WebAssembly is missing, every line is decided as the plain scanner does.
 */
import type { Catalogue } from '../compile-catalogue.ts';
import { DecidedBeginnings, UNDECIDED } from '../decided-beginnings.ts';
import { createPlainScanner, type LineScanner, lineEnd, type OnMatch } from '../line-scanner.ts';
import { MessageMatcher } from '../message-matcher.ts';
import { KnownLines } from './known-lines.ts';
import { BEGINNINGS, ScanMemory } from './scan-memory.ts';
import { SkipScan } from './skip-scan.ts';

const NEWLINE = 10;
/** With more than one candidate line in this many bytes, every line of the next scans is decided. */
const CROWDED_BYTES = 800;
const CROWDED_SCANS = 15;
/** This many lines show whether a log begins crowded, before anything is spent on skipping. */
const FIRST_LINES = 64;
const IGNORED: OnMatch = () => {};

export function createWasmScanner(catalogue: Catalogue): LineScanner {
  const memory = ScanMemory.create();
  return memory === null ? createPlainScanner(catalogue) : new WasmScanner(catalogue, memory);
}

class WasmScanner implements LineScanner {
  readonly #catalogue: Catalogue;
  readonly #memory: ScanMemory;
  readonly #messages: MessageMatcher;
  /** Set while the scanned bytes are in the memory; made when a reader asks for room there. */
  #known: KnownLines | null = null;
  #knownInSpace: KnownLines | null | undefined;
  /** Made when it is first needed: a short or crowded log never needs it. null when nothing can be skipped. */
  #skip: SkipScan | null | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #begun = false;
  /** Scans to come in which every line is decided; bytes and matches of the previous ones. */
  #wholeScans = 0;
  #bytesSeen = 0;
  #matchesSeen = 0;

  constructor(catalogue: Catalogue, memory: ScanMemory) {
    this.#catalogue = catalogue;
    this.#memory = memory;
    this.#messages = new MessageMatcher(catalogue, new DecidedBeginnings(memory.memory.buffer, BEGINNINGS));
  }

  space(): Buffer {
    if (this.#knownInSpace === undefined) this.#knownInSpace = KnownLines.create(this.#memory);
    return this.#memory.space;
  }

  scan(bytes: Uint8Array, onMatch: OnMatch): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#known = this.#memory.holds(bytes) ? (this.#knownInSpace ?? null) : null;
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
    if (this.#skip === undefined) this.#skip = SkipScan.create(this.#catalogue.patterns, this.#memory);
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

  /** Decides one line; answers where the next one begins. */
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

  /** Decides some lines in one call; answers where the next one begins. */
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
    const end = lineEnd(bytes, start, newline);
    const pattern = known === UNDECIDED ? this.#messages.match(bytes, this.#view, start, end) : known;
    if (pattern >= 0) {
      this.#matchesSeen++;
      onMatch(pattern, start, end);
    }
    return newline + 1;
  }
}
