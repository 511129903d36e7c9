/**
 * Drawn texts that are nearly real: a text of a corpus, with pieces cut out, doubled, moved in from another text, and
 * words put in that mean something to one of the readers on the way.
 */
import fc from 'fast-check';
import { TOKENS } from './tokens.ts';

/** No drawn text is longer. */
const MOST_CHARS = 65_536;
const POSITIONS = 65_536;
const BORDER = /[\s"'()[\]{}<>,:;=/&?]/g;

type Edit = (text: string) => string;

/** A place in a text of any length. */
const place = fc.record({ at: fc.nat(POSITIONS - 1), atBorder: fc.boolean() });
type Place = { readonly at: number; readonly atBorder: boolean };

function offset(text: string, { at, atBorder }: Place): number {
  const from = Math.floor((at / POSITIONS) * (text.length + 1));
  if (!atBorder) return from;
  BORDER.lastIndex = from;
  return BORDER.exec(text)?.index ?? from;
}

const put = (text: string, at: number, piece: string, drop = 0): string =>
  text.slice(0, at) + piece + text.slice(at + drop);

/** Values that stand where another one stood. */
function replaced(text: string, pattern: RegExp, at: number, value: string): string {
  const found = [...text.matchAll(pattern)];
  const hit = found[Math.floor((at / POSITIONS) * found.length)];
  return hit === undefined ? text : put(text, hit.index, value, hit[0].length);
}

function editOf(corpus: readonly string[], tokens: readonly string[]): fc.Arbitrary<Edit> {
  const token = fc.constantFrom(...tokens);
  const other = fc.constantFrom(...corpus);
  const length = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 }));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(place, token).map(
        ([at, word]): Edit =>
          (text) =>
            put(text, offset(text, at), word),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(place, token, fc.integer({ min: 2, max: 3_000 })).map(
        ([at, word, times]): Edit =>
          (text) =>
            put(text, offset(text, at), word.repeat(times)),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(place, length).map(
        ([at, drop]): Edit =>
          (text) =>
            put(text, offset(text, at), '', drop),
      ),
    },
    {
      weight: 1,
      arbitrary: place.map(
        (at): Edit =>
          (text) =>
            text.slice(0, offset(text, at)),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(place, length, fc.integer({ min: 1, max: 40 })).map(
        ([at, size, times]): Edit =>
          (text) => {
            const from = offset(text, at);
            return put(text, from, text.slice(from, from + size).repeat(times));
          },
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(place, other, place, length).map(
        ([at, source, from, size]): Edit =>
          (text) => {
            const begin = offset(source, from);
            return put(text, offset(text, at), source.slice(begin, begin + size));
          },
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.nat(POSITIONS - 1), token).map(
        ([at, word]): Edit =>
          (text) =>
            replaced(text, /\d+/g, at, word),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(POSITIONS - 1), token).map(
        ([at, word]): Edit =>
          (text) =>
            replaced(text, /[a-z_]{3,}/gi, at, word),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(place, fc.integer({ min: 0, max: 0xffff })).map(
        ([at, code]): Edit =>
          (text) =>
            put(text, offset(text, at), String.fromCharCode(code), 1),
      ),
    },
  );
}

export interface Mutation {
  readonly tokens?: readonly string[];
  readonly most?: number;
}

/** A text of the corpus after a few edits. */
export function mutated(corpus: readonly string[], { tokens = TOKENS, most = 5 }: Mutation = {}): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(editOf(corpus, tokens), { maxLength: most }))
    .map(([text, edits]) => edits.reduce((now, edit) => edit(now), text).slice(0, MOST_CHARS));
}

/** Where a stream is cut into pieces, as shares of its length. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(POSITIONS - 1), { maxLength: 8 });

export function cutInto<T extends { readonly length: number; slice(from: number, to: number): T }>(
  whole: T,
  at: readonly number[],
): T[] {
  const places = at.map((share) => Math.floor((share / POSITIONS) * (whole.length + 1))).sort((a, b) => a - b);
  const borders = [0, ...places, whole.length];
  return borders.slice(1).map((end, i) => whole.slice(borders[i] ?? 0, end));
}

/** The text as bytes. U+DC80 to U+DCFF stand for the bytes 0x80 to 0xFF that are no UTF-8 (as Python's surrogateescape). */
export function bytesOf(text: string): Buffer {
  const parts = text
    .split(/([\udc80-\udcff]+)/u)
    .map((part, i) => (i % 2 === 1 ? Buffer.from(part, 'latin1') : Buffer.from(part, 'utf8')));
  return Buffer.concat(parts);
}
