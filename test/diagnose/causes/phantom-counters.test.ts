import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('phantom-counters', () => {
  const page = { active: 90, reading: 40, writing: 9, waiting: 41 };
  const look = (client: number, before = client) =>
    evidence().slots([20, 20]).bothSockets({ client: before }, 10).bothSockets({ client }).page(page);

  it('is a note when Active counts connections without a socket (src/nginx/README.md §4.13)', () => {
    const diagnosis = conclude(
      look(5).line('worker-exited-on-signal', 300, { level: 'alert', captures: { signal: '9', child: '99' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', alsoPresent: ['phantom-counters'] });
    expect(diagnosis.summary).toContain('Active (90) counts 80 connections that no socket shows');
  });

  it('is not claimed when the sockets are there, or were in the sample before', () => {
    expect(conclude(look(44)).alsoPresent).toEqual([]);
    expect(conclude(look(5, 44)).alsoPresent).toEqual([]);
  });
});
