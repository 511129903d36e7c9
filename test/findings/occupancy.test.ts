/** Who holds the slots, by the log alone. */
import { expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { findingsOf } from '../../src/findings/findings.ts';
import { type EvidenceBuilder, evidence } from '../diagnose/support/evidence-builder.ts';

const sourceOf = (builder: EvidenceBuilder) => findingsOf(builder.build(), DEFAULT_THRESHOLDS).occupancy.source;
const timedOut = { count: 30, level: 'info', captures: { phase: 'reading client request headers' } } as const;

it('clients that timed out hold the slots only where clients were refused', () => {
  const quiet = () => evidence(null).line('client-timed-out', 1, timedOut);
  expect(sourceOf(quiet())).toBeNull();
  expect(sourceOf(quiet().line('worker-connections', 1, { level: 'alert', count: 5 }))).toBe('log');
});
