import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { createProgress } from '../../src/cli/progress.ts';

const MIB = 2 ** 20;

function terminal(isTTY = true): { readonly io: Io; readonly written: string[] } {
  const written: string[] = [];
  const screen = isTTY ? { write: (text: string) => written.push(text) } : null;
  return { io: { screen } as unknown as Io, written };
}

describe('the progress line', () => {
  it('is a bar when the total is known, and is removed at the end', () => {
    const { io, written } = terminal();
    const progress = createProgress(io, 'read', true, 100 * MIB);
    progress.add(MIB / 2);
    expect(written).toEqual([]);
    progress.add(49.5 * MIB);
    progress.add(60 * MIB);
    progress.end();
    expect(written).toEqual([
      `\rread [${'#'.repeat(15)}${'.'.repeat(15)}] 50% of 100 MiB`,
      `\rread [${'#'.repeat(30)}] 100% of 100 MiB`,
      '\r\u001b[K',
    ]);
  });

  it('counts bytes when the total is unknown', () => {
    const { io, written } = terminal();
    const progress = createProgress(io, 'reading', true);
    for (let i = 0; i < 33; i++) progress.add(MIB);
    expect(written).toEqual(['\rreading 16 MiB', '\rreading 32 MiB']);
  });

  it.each([
    ['stderr is no terminal', false, true],
    ['it is not wanted', true, false],
  ])('is not written where %s', (_why, isTTY, wanted) => {
    const { io, written } = terminal(isTTY);
    const progress = createProgress(io, 'read', wanted, MIB);
    progress.add(MIB);
    progress.end();
    expect(written).toEqual([]);
  });
});
