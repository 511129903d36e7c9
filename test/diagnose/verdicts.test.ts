/** What a healthy verdict rests on. */
import { expect, it } from 'vitest';
import { conclude } from './support/causes.ts';
import { type EvidenceBuilder, evidence } from './support/evidence-builder.ts';

const cases: readonly (readonly [string, () => EvidenceBuilder, string])[] = [
  [
    'sockets and a harmless line',
    () => evidence().sockets({ client: 5 }).line('worker-started', 1, { level: 'notice' }),
    'No client is being lost.',
  ],
  [
    'the page',
    () => evidence().page({}),
    'No client is being lost: a worker holds 1 clients on average, with 128 slots, the status page answers.',
  ],
  [
    'slots',
    () => evidence().slots([10, 20]),
    'No client is being lost: the fullest worker uses 20 of 128 slots (16%).',
  ],
  [
    'descriptors and queues',
    () => evidence().fds(60, 1024).queue(1, 511),
    'No client is being lost: 60 of 1024 descriptors, the longest accept queue holds 1 of 511.',
  ],
  ['the access log', () => evidence().access({ 200: 30 }), 'No client is being lost: 30 requests logged lately.'],
];

it.each(cases)('rests on %s', (_what, builder, summary) => {
  expect(conclude(builder())).toMatchObject({ verdict: 'healthy', summary: expect.stringContaining(summary) });
});
