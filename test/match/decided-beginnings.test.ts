import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecidedBeginnings, UNDECIDED } from '../../src/match/decided-beginnings.ts';

/** `keep` takes every eighth offer. */
const OFFERS = 8;

function view(text: string): DataView {
  return new DataView(Uint8Array.from(text, (char) => char.charCodeAt(0)).buffer);
}

function keep(decided: DecidedBeginnings, start: number, text: string, whole: boolean, result: number): void {
  for (let offer = 0; offer < OFFERS; offer++) decided.keep(start, view(text), 0, text.length, whole, result);
}

/** Many share their first sixteen bytes, as `connect() failed (` does, and so a bucket. */
const message = fc
  .tuple(
    fc.constantFrom('connect() failed', 'upstream timed o'),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 90 }),
  )
  .map(([head, rest]) => head + rest);

describe('DecidedBeginnings', () => {
  it('answers only with what was kept for a beginning of the very message', () => {
    const entry = fc.record({ text: message, start: fc.nat(2), whole: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), entry, (kept, asked) => {
        const decided = new DecidedBeginnings();
        for (const [result, { text, start, whole }] of kept.entries()) keep(decided, start, text, whole, result);
        const result = decided.find(asked.start, view(asked.text), 0, asked.text.length);
        if (result === UNDECIDED) return;
        const { text, start, whole } = kept[result] ?? { text: '?', start: -1, whole: false };
        expect(start).toBe(asked.start);
        expect(whole ? asked.text === text : asked.text.startsWith(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('knows the last four beginnings that share their first bytes', () => {
    const decided = new DecidedBeginnings();
    const texts = ['one', 'two', 'three', 'four'].map((word) => `connect() failed (111) ${word}`);
    for (const [result, text] of texts.entries()) keep(decided, 1, text, false, result);
    for (const [result, text] of texts.entries()) {
      expect(decided.find(1, view(`${text}, client: a`), 0, text.length + 11)).toBe(result);
      expect(decided.find(2, view(`${text}, client: a`), 0, text.length + 11)).toBe(UNDECIDED);
    }
    keep(decided, 1, 'connect() failed (111) five', false, 4);
    expect(decided.find(1, view('connect() failed (111) five'), 0, 27)).toBe(4);
  });

  it('never looks behind the end of the bytes', () => {
    const decided = new DecidedBeginnings();
    const text = 'connect() failed (111: Connection refused)';
    keep(decided, 1, text, false, 7);
    for (let length = 0; length < text.length; length++) {
      expect(decided.find(1, view(text.slice(0, length)), 0, length)).toBe(UNDECIDED);
    }
    expect(decided.find(1, view(text), 0, text.length)).toBe(7);
  });
});
