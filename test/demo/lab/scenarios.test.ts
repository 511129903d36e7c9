import { describe, expect, it } from 'vitest';
import { loadScenario, loadScenarios } from '../../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';

const scenarios = await loadScenarios();

/** Cause ids of the contract that a machine cannot produce without harming itself; recordings replace them. */
const NOT_PRODUCED = ['helper-process-slots', 'system-fd-exhaustion', 'conntrack-full'];

/** The cause ids of the contract. */
const CAUSES = `
slot-capacity reuse-drops slow-upstream keepalive-pileup slow-clients slow-uploads slow-downloads
long-lived-connections hot-worker non-client-slots module-leak helper-process-slots proxy-loop fd-exhaustion
fd-leak fd-limit-overridden system-fd-exhaustion process-limit accept-queue-overflow stalled-worker
conntrack-full upstream-down upstream-ejected upstream-backlog upstream-unreachable upstream-crash
upstream-idle-race upstream-keepalive-off port-exhaustion upstream-tls upstream-dns upstream-denied
ipv6-unreachable worker-crash worker-killed missing-workers old-workers reload-storm nginx-down config-invalid
rate-limited limit-key-shared shared-zone-full disk-full
`
  .trim()
  .split(/\s+/);

describe('the scenarios', () => {
  it('cover every cause that one machine can produce', () => {
    const produced = new Set(scenarios.map((scenario) => scenario.expected.cause));
    expect(CAUSES.filter((id) => !produced.has(id))).toEqual(NOT_PRODUCED);
  });

  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    '%s is named after its cause',
    (id, scenario) => {
      const { cause, alsoAllowed = [] } = scenario.expected;
      if (cause === null) expect(id).toMatch(/^quiet-/);
      else expect(id === cause || id.startsWith(`${cause}-`)).toBe(true);
      for (const other of [...alsoAllowed, ...(cause === null ? [] : [cause])]) expect(CAUSES).toContain(other);
      expect(Object.keys(scenario.proof).length).toBeGreaterThan(0);
      expect(scenario.faultSeconds ?? 30).toBeLessThanOrEqual(60);
      expect(scenario.title.length).toBeLessThanOrEqual(100);
    },
  );

  it('are refused outside their namespace, before any process is started', async () => {
    const scenario = await loadScenario('port-exhaustion');
    const options = { binary: await findNginxBinary(process.env.PATH ?? ''), signal: new AbortController().signal };
    await expect(runScenario(scenario, options)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('suggests similar ones for an unknown id', async () => {
    await expect(loadScenario('slow-client')).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('slow-clients'),
    });
  });
});
