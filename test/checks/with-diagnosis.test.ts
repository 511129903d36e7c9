/** The checks and the diagnosis conclude from the same findings: what one calls healthy the other does not call a loss. */
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { CheckId, CheckResult } from '../../src/core/report.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { conclude } from '../diagnose/support/causes.ts';
import { type EvidenceBuilder, evidence, NOW } from '../diagnose/support/evidence-builder.ts';
import { CHECKS } from '../support/checks.ts';

function check(id: CheckId, builder: EvidenceBuilder): CheckResult {
  const chosen = CHECKS.filter((one) => one.id === id);
  const [result] = runChecks(chosen, builder.build(), DEFAULT_THRESHOLDS);
  if (result === undefined) throw new Error(`no result for ${id}`);
  return result;
}

/** Slots of one worker with a limit of 128, two seconds apart, the last one now. */
function levels(...used: readonly number[]): EvidenceBuilder {
  return used.reduce((builder, value, i) => {
    const workers = [{ pid: 101, used: value, limit: 128, method: 'exact' as const }];
    return builder.sample('slots', 2 * (used.length - 1 - i), { workers, old: [] });
  }, evidence());
}

describe('a worker that jumps from 40 to 80 of 128 slots and stays level', () => {
  const jump = () => levels(40, 40, 40, 40, 80, 80, 80, 80, 80, 80);

  it('is healthy, and does not fill', () => {
    expect(conclude(jump())).toMatchObject({ verdict: 'healthy' });
    const slots = check('slots', jump());
    expect(slots).toMatchObject({ status: 'ok', values: { fillPerSecond: 0, secondsToFull: null } });
    expect(slots.text).not.toContain('fills by');
  });

  it('fills once it goes on rising', () => {
    const ramp = levels(40, 50, 60, 70, 80);
    expect(conclude(ramp).verdict).not.toBe('healthy');
    expect(check('slots', ramp)).toMatchObject({ status: 'warning', text: expect.stringContaining('fills by 5/s') });
  });
});

describe('an nginx that restarted 20 s ago, after a gap', () => {
  const restarted = () => {
    const master = (secondsAgo: number, pid: number) => ({
      ...{ masterPid: pid, masterInnerPid: pid, masterStartedAtMs: NOW - secondsAgo * 1000 },
      processes: [101, 102].map((worker) => ({
        ...{ pid: worker + pid, innerPid: worker + pid, kind: 'worker' as const, generation: 'current' as const },
        ...{ startedAtMs: NOW - secondsAgo * 1000, state: 'S', cpuRatio: 0.01, residentBytes: 10_000_000 },
      })),
    });
    return evidence()
      .pageAt(31, { active: 40, accepts: 100_000, handled: 100_000 })
      .pageAt(25, { active: 40, accepts: 100_500, handled: 100_440 })
      .pageAt(10, { active: 40, accepts: 200, handled: 200, requests: 400 })
      .pageAt(0, { active: 40, accepts: 400, handled: 400, requests: 800 })
      .sample('workers', 25, master(3600, 100))
      .sample('workers', 0, master(20, 200));
  };

  it('is healthy, and drops nothing', () => {
    expect(conclude(restarted())).toMatchObject({ verdict: 'healthy' });
    expect(check('gap', restarted())).toMatchObject({
      status: 'ok',
      values: { gap: 0, gapGrowth: 0, droppedPerSecond: 0 },
    });
  });

  it('drops connections when the gap grows after the restart', () => {
    const dropping = restarted().pageAt(-0, { active: 40, accepts: 500, handled: 440, requests: 800 });
    expect(check('gap', dropping)).toMatchObject({ status: 'critical', values: { gapGrowth: 60 } });
    expect(conclude(dropping).verdict).not.toBe('healthy');
  });
});
