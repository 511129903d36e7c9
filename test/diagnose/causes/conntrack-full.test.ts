import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('conntrack-full', () => {
  it('is certain when the table is full', () => {
    expect(conclude(calm().kernel({ conntrackCount: 65_536, conntrackMax: 65_536 }))).toMatchObject({
      cause: 'conntrack-full',
      severity: 'critical',
      losing: { now: true },
    });
  });

  it('is critical from 995 of 1000 entries on, and a warning below', () => {
    const holding = (conntrackCount: number) => conclude(calm().kernel({ conntrackCount, conntrackMax: 1000 }));
    expect(holding(995)).toMatchObject({ severity: 'critical', losing: { now: true } });
    expect(holding(994)).toMatchObject({ severity: 'warning', losing: { now: false } });
  });

  it('warns before it is full, and is ruled out at half', () => {
    expect(conclude(calm().kernel({ conntrackCount: 60_000, conntrackMax: 65_536 }))).toMatchObject({
      cause: 'conntrack-full',
      severity: 'warning',
    });
    expect(conclude(calm().kernel({ conntrackCount: 30_000, conntrackMax: 65_536 }))).toMatchObject({
      verdict: 'healthy',
    });
  });
});
