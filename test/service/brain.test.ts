import { describe, expect, it } from 'vitest';
import type { IncidentChange } from '../../src/core/incident.ts';
import type { Sample } from '../../src/core/sample.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { incidentConfig } from '../../src/incident/config.ts';
import { createBrain } from '../../src/service/brain.ts';
import { CAUSES } from '../diagnose/support/causes.ts';
import { settings } from '../diagnose/support/settings-builder.ts';
import { SAMPLE_KINDS } from '../support/parts.ts';

const START = Date.UTC(2026, 0, 1, 12);

/** Two busy workers refuse clients for 20 s; then each has `limit` slots and most are free. */
function untilResolved(limit: number): IncidentChange | undefined {
  const brain = createBrain({
    host: 'web-1',
    causes: CAUSES,
    sampleKinds: SAMPLE_KINDS,
    thresholds: DEFAULT_THRESHOLDS,
    incidents: incidentConfig.parse({}),
  });
  brain.setSettings(settings());
  const changes: IncidentChange[] = [];
  for (let second = 0; second <= 180; second++) {
    const at = START + second * 1000;
    const ill = second < 20;
    const workers = [101, 102].map((pid) => ({
      pid,
      used: ill ? 128 : 20,
      limit: ill ? 128 : limit,
      method: 'exact' as const,
    }));
    const read = {
      active: ill ? 250 : 30,
      accepts: 10_000 + second * 60,
      handled: 10_000 + Math.min(second, 20) * 50 + Math.max(0, second - 20) * 60,
      requests: 20_000 + second * 2_000,
      reading: 0,
      writing: ill ? 250 : 5,
      waiting: 0,
    };
    const fresh = { ok: true, latencyMs: 1, counters: read } as const;
    const page = { url: 'http://127.0.0.1/s', fresh, armed: null, counters: read };
    brain.addSample({ probe: 'slots', at, ok: true, data: { workers, old: [] } } satisfies Sample);
    brain.addSample({ probe: 'stub-status', at, ok: true, data: page } satisfies Sample);
    changes.push(...brain.tick(at).changes);
  }
  expect(changes[0]).toMatchObject({ kind: 'opened', incident: { cause: 'slot-capacity' } });
  return changes.find(({ kind }) => kind === 'resolved');
}

describe('the brain', () => {
  it('says at the end of an incident which fix is in force', () => {
    expect(untilResolved(256)?.text).toMatch(
      /^Healthy for 1 min\. .* clients lost\. worker_connections 256 is in force on 2 of 2 workers\.$/,
    );
  });

  it('names no fix when nothing was changed', () => {
    const text = untilResolved(128)?.text;
    expect(text).toMatch(/^Healthy for 1 min/);
    expect(text).not.toContain('in force');
  });
});
