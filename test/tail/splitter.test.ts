/** Any chunking of any bytes gives the lines a naive split gives, also when lines are cut at the cap. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Splitter } from '../../src/tail/splitter.ts';

interface Line {
  readonly offset: number;
  readonly text: string;
}

/** The obvious way, on the whole input. */
function naive(bytes: Buffer, cap: number): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  for (const text of bytes.toString('latin1').split('\n').slice(0, -1)) {
    lines.push({ offset, text: text.slice(0, cap) });
    offset += text.length + 1;
  }
  return lines;
}

/** Pushes chunks through one reused buffer, as a reader does. */
function split(bytes: Buffer, cuts: readonly number[], cap: number): { lines: Line[]; splitter: Splitter } {
  const splitter = new Splitter(0, cap);
  const reused = Buffer.alloc(bytes.length);
  const lines: Line[] = [];
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, from] of edges.entries()) {
    const length = bytes.copy(reused, 0, from, edges[i + 1] ?? bytes.length);
    for (const piece of splitter.push(reused.subarray(0, length))) {
      let offset = piece.offset;
      for (const text of Buffer.from(piece.bytes).toString('latin1').split('\n').slice(0, -1)) {
        lines.push({ offset, text });
        offset += text.length + 1;
      }
    }
    reused.fill('?');
  }
  return { lines, splitter };
}

/** Bytes in which newlines are as frequent as in short lines. */
const logBytes = fc
  .array(
    fc.oneof({ weight: 1, arbitrary: fc.constant(10) }, { weight: 6, arbitrary: fc.integer({ min: 0, max: 255 }) }),
    {
      maxLength: 400,
    },
  )
  .map((bytes) => Buffer.from(bytes));
const cuts = fc.array(fc.nat(400), { maxLength: 30 });

describe('Splitter', () => {
  it('gives the same lines at the same offsets for every chunking', () => {
    fc.assert(
      fc.property(logBytes, cuts, (bytes, at) => {
        expect(split(bytes, at, 1024).lines).toEqual(naive(bytes, 1024));
      }),
      { numRuns: 500 },
    );
  });

  it('cuts long lines the same for every chunking, and counts them', () => {
    fc.assert(
      fc.property(logBytes, cuts, fc.integer({ min: 1, max: 12 }), (bytes, at, cap) => {
        const { lines, splitter } = split(bytes, at, cap);
        const whole = naive(bytes, Number.POSITIVE_INFINITY);
        expect(lines.map(({ text }) => text)).toEqual(naive(bytes, cap).map(({ text }) => text));
        expect(splitter.cappedLines).toBe(whole.filter(({ text }) => text.length > cap).length);
      }),
      { numRuns: 500 },
    );
  });

  it('knows where the unfinished line starts, and gives it out once on request', () => {
    const splitter = new Splitter(100, 64);
    splitter.push(Buffer.from('one\ntwo'));
    expect([splitter.lineStart, splitter.position]).toEqual([104, 107]);
    expect(splitter.flush()).toEqual({ bytes: Buffer.from('two\n'), offset: 104 });
    expect(splitter.flush()).toBeNull();
    expect(splitter.push(Buffer.from('three\n'))).toEqual([{ bytes: Buffer.from('three\n'), offset: 107 }]);
  });

  it('keeps no more of an endless line than the cap', () => {
    const splitter = new Splitter(0, 1024 * 1024);
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 4096; i++) splitter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    const [cut, next] = splitter.push(Buffer.from('\nnext\n'));
    expect(cut?.bytes.length).toBe(1024 * 1024 + 1);
    expect(Buffer.from(next?.bytes ?? []).toString()).toBe('next\n');
    expect(splitter.cappedLines).toBe(1);
  });
});
