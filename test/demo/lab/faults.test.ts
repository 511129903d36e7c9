/**
 * Runs a representative set of scenarios on a real nginx and checks that each fault happens. Each run ends when its
 * proof holds; `npm run lab` runs all scenarios in full length.
 */
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';
import { unproven } from './proof.ts';

/** Scenario → seconds by which its proof must hold; quiet ones run that long. */
const SET = {
  'slow-upstream-fast': 15,
  'slot-capacity': 10,
  'reuse-drops': 10,
  'proxy-loop': 8,
  'hot-worker': 15,
  'fd-exhaustion-upstream': 15,
  'accept-queue-overflow': 15,
  'stalled-worker': 15,
  'stalled-worker-reuseport': 15,
  'stalled-worker-blocked': 15,
  'upstream-down-group': 8,
  'upstream-ejected': 8,
  'upstream-backlog': 10,
  'upstream-backlog-tcp': 12,
  'upstream-crash': 8,
  'upstream-idle-race': 10,
  'upstream-tls': 8,
  'upstream-dns-nxdomain': 8,
  'worker-crash': 8,
  'worker-killed': 8,
  'missing-workers': 8,
  'nginx-down': 5,
  'config-invalid': 5,
  'config-invalid-slots': 5,
  'rate-limited-connections': 5,
  'limit-key-shared': 5,
  'shared-zone-full': 12,
  'quiet-static-gap': 3,
  'quiet-burst': 3,
} as const;

const binary = await findNginxBinary(process.env.PATH ?? '');

describe('on a real nginx', () => {
  it.each(Object.entries(SET))('%s happens within %i s', { timeout: 40_000 }, async (id, seconds) => {
    const scenario = await loadScenario(id);
    const proven = new AbortController();
    let complaints = ['the fault was never begun'];
    await runScenario(scenario, {
      binary,
      signal: proven.signal,
      baselineSeconds: 0.6,
      faultSeconds: seconds,
      onFault(lab, faultAt) {
        // A quiet run must stay quiet to its end; a fault is proven when it occurs.
        if (scenario.expected.cause !== null) {
          lab.every(250, () => {
            if (unproven(scenario.proof, lab, faultAt).length === 0) proven.abort();
          });
        }
      },
      onFaultOver(lab, faultAt) {
        complaints = unproven(scenario.proof, lab, faultAt);
      },
    });
    expect(complaints).toEqual([]);
  });
});
