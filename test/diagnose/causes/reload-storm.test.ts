import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('reload-storm', () => {
  const reloads = (times: number, apart: number) =>
    Array.from({ length: times }).reduce<ReturnType<typeof calm>>(
      (builder, _, i) => builder.line('reload', 1 + i * apart, { level: 'notice', pid: 100 }),
      calm(),
    );

  it('is a warning when reloads follow one another', () => {
    expect(conclude(reloads(9, 5))).toMatchObject({ cause: 'reload-storm', severity: 'warning', lasting: true });
  });

  it.each([
    [[103], '; 1 old worker lingers.'],
    [[103, 104], '; 2 old workers linger.'],
  ])('says how many old workers linger: %j', (pids, words) => {
    const { summary } = conclude(reloads(9, 5).workers(pids, 0, { generation: 'shutting-down' }));
    expect(summary).toContain(words);
  });

  it('is not named for three reloads of a deployment', () => {
    expect(conclude(reloads(3, 10))).toMatchObject({ verdict: 'healthy', alsoPresent: ['reload'] });
  });
});
