/** Over drawn evidence: no check is worse or better than the diagnosis without a reason that its answer states. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { Diagnosis } from '../../src/core/diagnosis.ts';
import type { Evidence } from '../../src/core/evidence.ts';
import type { CheckResult } from '../../src/core/report.ts';
import type { ProbeFailure } from '../../src/core/sample.ts';
import { LOG_LEVELS } from '../../src/core/signal.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { CAUSES } from '../diagnose/support/causes.ts';
import { type EvidenceBuilder, evidence, MEANINGS, told } from '../diagnose/support/evidence-builder.ts';
import { CHECKS } from '../support/checks.ts';

type Draw = (builder: EvidenceBuilder) => EvidenceBuilder;

const STEP_S = 5;
/** Values of one figure, `STEP_S` apart, the last one now. */
const course = (max: number) => fc.array(fc.nat({ max }), { minLength: 1, maxLength: 8 });
const ago = (i: number, all: readonly unknown[]) => STEP_S * (all.length - 1 - i);

const slots = fc.array(course(128), { minLength: 2, maxLength: 2 }).map(
  ([first = [], second = []]): Draw =>
    (builder) =>
      first.reduce((built, used, i) => {
        const worker = { limit: 128, method: 'exact' as const };
        const workers = [
          { pid: 101, used, ...worker },
          { pid: 102, used: second[Math.min(i, second.length - 1)] ?? 0, ...worker },
        ];
        return built.sample('slots', ago(i, first), { workers, old: [] });
      }, builder),
);

const fails = fc.constantFrom<ProbeFailure>('refused', 'reset', 'read-timeout', 'connect-timeout', 'denied');
const read = fc.record({
  taken: fc.nat({ max: 900 }),
  dropped: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 90 })),
  active: fc.nat({ max: 200 }),
  restarts: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
  fails: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fails),
});
const page = fc.array(read, { minLength: 1, maxLength: 8 }).map((reads): Draw => {
  return (builder) => {
    let [accepts, handled] = [10_000, 9_000];
    for (const [i, look] of reads.entries()) {
      if (look.restarts) [accepts, handled] = [0, 0];
      accepts += look.taken + look.dropped;
      handled += look.taken;
      const active = Math.min(look.active, handled);
      const counters = { active, accepts, handled, requests: handled * 2, reading: 0, writing: active, waiting: 0 };
      if (look.fails === null) builder.pageAt(ago(i, reads), counters);
      else builder.pageFails(look.fails, ago(i, reads));
    }
    return builder;
  };
});

const kernel = course(40).map((growth): Draw => {
  return (builder) => {
    let listenOverflows = 7;
    for (const [i, more] of growth.entries()) {
      listenOverflows += more > 20 ? more : 0;
      builder.kernel({ listenOverflows, conntrackCount: 1000 + more, conntrackMax: 1040 }, ago(i, growth));
    }
    return builder;
  };
});
const queue = course(17).map((lengths): Draw => {
  return (builder) => lengths.reduce((built, recvQ, i) => built.queue(recvQ, 16, ago(i, lengths)), builder);
});
const fds = course(100).map((used): Draw => {
  return (builder) => used.reduce((built, open, i) => built.fds(open, 100, ago(i, used)), builder);
});
const workers = fc.array(fc.constantFrom('S', 'R', 'D', 'T'), { minLength: 1, maxLength: 6 }).map((states): Draw => {
  return (builder) =>
    states.reduce((built, state, i) => built.workers([101, 102], ago(i, states), { state, cpuRatio: 0 }), builder);
});
const lines = fc
  .array(
    fc.record({
      pattern: fc.constantFrom(...MEANINGS.keys()),
      secondsAgo: fc.nat({ max: 200 }),
      count: fc.integer({ min: 1, max: 50 }),
      level: fc.constantFrom(...LOG_LEVELS.slice(3)),
    }),
    { maxLength: 3 },
  )
  .map((all): Draw => {
    return (builder) =>
      all.reduce((built, { pattern, secondsAgo, ...rest }) => built.line(pattern, secondsAgo, rest), builder);
  });
const answers = fc.record({ ok: fc.nat({ max: 500 }), bad: fc.nat({ max: 50 }) }).map(({ ok, bad }): Draw => {
  return (builder) => builder.access({ 200: ok, 502: bad });
});

const parts = [slots, page, kernel, queue, fds, workers, lines, answers];
const drawn: fc.Arbitrary<Evidence> = fc
  .tuple(...parts.map((part) => fc.option(part, { freq: 2 })))
  .map((draws) => draws.reduce((builder, draw) => draw?.(builder) ?? builder, evidence()).build());

const RANK = { ok: 0, unknown: 0, info: 0, warning: 1, critical: 2 } as const;

function levelOf({ verdict, severity }: Diagnosis): number {
  return verdict === 'healthy' ? 0 : RANK[severity];
}

/** Why an answer is worse than the diagnosis, in its own words. */
const WORSE: Readonly<Partial<Record<string, RegExp>>> = {
  slots: /: (?:9[7-9]|[1-9]\d\d)%\.|refusals? in the error log|nginx already closes reusable/,
  gap: /grows by .*: accepted connections are being dropped|dropped for want of a slot/,
  states: /A new connection to .* fails/,
  workers:
    /Seen in one sample so far|A wait for a disk may pass|its connections hang|of \d+ workers run|of a core|died on a signal/,
  fds: /files? open: (?:[89]\d|100)%|too many open files|is full in|ran out of open files/,
  backlog:
    /is not seen to drop connections|decide whether|was full moments ago|The kernel drops connections|is full in/,
  kernel: /ListenOverflows grows|Connection tracking holds|connection-tracking table is full/,
  config: /no client is lost by it alone/,
  ports: /errno 99|TIME_WAIT towards/,
  upstreams: /does not say|answered with 502 or 504|with 5xx|at p95|no-live-upstreams/,
  log: /these lines do not say|Still coming/,
  reloads: /storm|stay as long as their clients do|worker_shutdown_timeout is/,
};
/** Why no answer is as bad as the diagnosis, in their own words. */
const MILDER =
  /decide whether that is a stall|these lines do not say|Such a line is one attempt|is not seen to drop|needs a second look|its connections hang/;
/** With a healthy diagnosis an answer owes more than its figures: why they are no loss. */
const NO_LOSS: typeof WORSE = {
  ...WORSE,
  slots: undefined,
  gap: undefined,
  kernel: undefined,
  ports: undefined,
  states: /Once may be a restart or chance/,
  workers: /Seen in one sample so far|A wait for a disk may pass|of \d+ workers run|of a core/,
  backlog: /is not seen to drop connections|decide whether that is a stall/,
};

const show = (diagnosis: Diagnosis, results: readonly CheckResult[]) =>
  `${told(diagnosis)}\n${results.map(({ check, status, text }) => `${check} ${status}: ${text}`).join('\n')}`;

function always(holds: (diagnosis: Diagnosis, results: readonly CheckResult[]) => void): void {
  const property = fc.property(drawn, (known) => {
    const thresholds = DEFAULT_THRESHOLDS;
    holds(diagnose(known, CAUSES, thresholds), runChecks(CHECKS, known, thresholds));
  });
  fc.assert(property, { seed: 14, numRuns: 500 });
}

describe('the checks beside the diagnosis', () => {
  it('are worse than it only for a reason that they state', () => {
    always((diagnosis, results) => {
      const stated = diagnosis.verdict === 'healthy' ? NO_LOSS : WORSE;
      const unexplained = results
        .filter(({ status }) => RANK[status] > levelOf(diagnosis))
        .filter(({ check, text }) => stated[check]?.test(text) !== true);
      expect(unexplained, show(diagnosis, results)).toEqual([]);
    });
  });

  it('are better than it only for a reason that they state', () => {
    always((diagnosis, results) => {
      if (diagnosis.severity !== 'critical') return;
      const bad = results.filter(({ status }) => RANK[status] > 0);
      const isStated = bad.some(({ status, text }) => status === 'critical' || MILDER.test(text));
      expect(isStated || !diagnosis.losing.now, show(diagnosis, results)).toBe(true);
    });
  });
});
