/** What a catalogue finds in blocks of lines, and what a matched line holds. */
import { ErrorHead } from '../nginx/error-head.ts';
import { Automaton } from './automaton.ts';
import { CaptureFinder } from './captures.ts';
import type { Catalogue } from './compile-catalogue.ts';
import { createPlainScanner, type LineScanner, type MakeScanner } from './line-scanner.ts';

export interface Matcher extends LineScanner {
  readonly catalogue: Catalogue;
  /** Whether a message that begins with this text can match the pattern. */
  mayBegin(pattern: number, text: Uint8Array): boolean;
  /** The pattern's named groups in one line that it matched. */
  captures(pattern: number, line: Uint8Array): Readonly<Record<string, string>>;
}

/** The service uses the plain scanner; `match` and `replay`, which read whole logs, the one of `wasm/`. */
export function createMatcher(catalogue: Catalogue, makeScanner: MakeScanner = createPlainScanner): Matcher {
  const { patterns, program } = catalogue;
  const scanner = makeScanner(catalogue);
  const finders = patterns.map(({ start, names }) => new CaptureFinder(program, start, names));
  const head = new ErrorHead();
  /** Its starts are the patterns; made when it is first needed. */
  let eachAlone: Automaton | null = null;
  return {
    catalogue,
    space: () => scanner.space(),
    scan: (bytes, onMatch) => scanner.scan(bytes, onMatch),
    mayBegin(pattern, text) {
      eachAlone ??= new Automaton(
        program,
        patterns.map(({ start }) => [start]),
      );
      return eachAlone.run(pattern, text, 0, text.length) > text.length || eachAlone.foundCount > 0;
    },
    captures(pattern, line) {
      head.locate(line, 0, line.length);
      return finders[pattern]?.find(line, head.messageAt) ?? {};
    },
  };
}
