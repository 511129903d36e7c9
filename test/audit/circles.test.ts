import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circlesOf } from '../../src/audit/circles.ts';

interface Hop {
  readonly from: string;
  readonly to: string;
}

const hopsOf = (pairs: readonly string[]): Hop[] => pairs.map((pair) => ({ from: pair[0] ?? '', to: pair[1] ?? '' }));
const names = (circle: readonly Hop[]): string => circle.map(({ from }) => from).join('');

/** Reports whether `to` is reachable from `from` over the hops. */
function reaches(hops: readonly Hop[], from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const server of reached) for (const hop of hops) if (hop.from === server) reached.add(hop.to);
  return reached.has(to);
}

describe('cycles of hops', () => {
  it.each([
    [['aa'], ['a']],
    [['ab', 'bc'], []],
    [['ab', 'ba'], ['ab']],
    [['ab', 'bc', 'ca', 'cd'], ['abc']],
    [
      ['ab', 'ba', 'bc', 'cb'],
      ['ab', 'bc'],
    ],
  ])('of %j are %j', (pairs, circles) => {
    expect(circlesOf(hopsOf(pairs), 1000).circles.map(names)).toEqual(circles);
  });

  it('contain each hop that can repeat, and no other', () => {
    const hop = fc.record({ from: fc.constantFrom(...'abcdef'), to: fc.constantFrom(...'abcdef') });
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 15 }), (hops) => {
        const { circles, complete } = circlesOf(hops, 100_000);
        expect(complete).toBe(true);
        for (const circle of circles) {
          const next = [...circle.slice(1), ...circle.slice(0, 1)];
          expect(circle.map(({ to }) => to)).toEqual(next.map(({ from }) => from));
        }
        const round = hops.filter(({ from, to }) => reaches(hops, to, from));
        expect(new Set(circles.flat())).toEqual(new Set(round));
      }),
      { numRuns: 2000 },
    );
  });

  it('are found in a ring of 100,000 servers in as many steps', () => {
    const ring = Array.from({ length: 100_000 }, (_, i) => ({ from: `${i}`, to: `${(i + 1) % 100_000}` }));
    const { circles, complete } = circlesOf(ring, 200_000);
    expect([circles.length, circles[0]?.length, complete]).toEqual([1, 100_000, true]);
  });

  it('stop at the limit of steps and report it', () => {
    const all = Array.from({ length: 300 }, (_, i) => `${i}`);
    const hops = all.flatMap((from) => all.map((to) => ({ from, to })));
    expect(circlesOf(hops, 50_000).complete).toBe(false);
  });
});
