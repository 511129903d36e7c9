import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecidedBeginnings, UNDECIDED } from '../../src/match/decided-beginnings.ts';

/** `keep` takes every eighth offer. */
const OFFERS = 8;

function view(text: string): DataView {
  return new DataView(Uint8Array.from(text, (char) => char.charCodeAt(0)).buffer);
}

function keep(
  decided: DecidedBeginnings,
  start: number,
  text: string,
  whole: boolean,
  result: number,
  next = '',
): void {
  for (let offer = 0; offer < OFFERS; offer++) decided.keep(start, view(text + next), 0, text.length, whole, result);
}

/** Many share their first sixteen bytes, as `connect() failed (` does, and so a bucket; some are shorter, and some too long. */
const message = fc
  .tuple(
    fc.constantFrom('', 'exit', 'connect() failed', 'upstream timed o', 'x'.repeat(240)),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 90 }),
  )
  .map(([head, rest]) => head + rest);
/** What follows a message: nothing, or the next line. */
const following = fc.constantFrom('', '\n', '\n2026/01/01 00:00:00 [error]');

describe('DecidedBeginnings', () => {
  it('answers only with what was kept for a beginning of the very message', () => {
    const entry = fc.record({ text: message, start: fc.nat(2), whole: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), entry, following, (kept, asked, next) => {
        const decided = new DecidedBeginnings();
        for (const [result, { text, start, whole }] of kept.entries()) keep(decided, start, text, whole, result, next);
        const result = decided.find(asked.start, view(asked.text + next), 0, asked.text.length);
        if (result === UNDECIDED) return;
        const { text, start, whole } = kept[result] ?? { text: '?', start: -1, whole: false };
        expect(start).toBe(asked.start);
        expect(whole ? asked.text === text : asked.text.startsWith(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('knows sixteen beginnings that share their first bytes, and of more the last', () => {
    const decided = new DecidedBeginnings();
    const texts = Array.from({ length: 16 }, (_, i) => `connect() failed (${100 + i}: `);
    for (const [result, text] of texts.entries()) keep(decided, 1, text, false, result);
    for (const [result, text] of texts.entries()) {
      expect(decided.find(1, view(`${text}, client: a`), 0, text.length + 11)).toBe(result);
      expect(decided.find(2, view(`${text}, client: a`), 0, text.length + 11)).toBe(UNDECIDED);
    }
    keep(decided, 1, 'connect() failed (111) five', false, 99);
    expect(decided.find(1, view('connect() failed (111) five'), 0, 27)).toBe(99);
  });

  it('knows a short message, whole, by itself and by what always follows it', () => {
    const decided = new DecidedBeginnings();
    const next = '\n2026/01/01 00:00:00 [notice]';
    for (const text of ['exit', 'reopening logs']) {
      keep(decided, 1, text, true, text.length, next);
      expect(decided.find(1, view(text + next), 0, text.length)).toBe(text.length);
      expect(decided.find(1, view(`${text}s${next}`), 0, text.length + 1)).toBe(UNDECIDED);
      expect(decided.find(1, view(text), 0, text.length)).toBe(UNDECIDED);
    }
    keep(decided, 1, 'signal', false, 7, next);
    expect(decided.find(1, view(`signal${next}`), 0, 6)).toBe(UNDECIDED);
  });

  it('keeps what is no longer than 255 bytes', () => {
    const decided = new DecidedBeginnings();
    for (const length of [255, 256]) {
      const text = `${length} `.padEnd(length, 'a');
      keep(decided, 1, text, false, length);
      expect(decided.find(1, view(text), 0, length)).toBe(length === 255 ? 255 : UNDECIDED);
      expect(decided.find(1, view(`${text.slice(0, -1)}b`), 0, length)).toBe(UNDECIDED);
    }
  });

  it('never reads after the end of the bytes', () => {
    const decided = new DecidedBeginnings();
    const text = 'connect() failed (111: Connection refused)';
    keep(decided, 1, text, false, 7);
    for (let length = 0; length < text.length; length++) {
      expect(decided.find(1, view(text.slice(0, length)), 0, length)).toBe(UNDECIDED);
    }
    expect(decided.find(1, view(text), 0, text.length)).toBe(7);
  });
});
