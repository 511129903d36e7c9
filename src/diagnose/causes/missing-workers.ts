/** Fewer workers run than are configured, and the master does not start the rest. */
import type { Evidence } from '../../core/evidence.ts';
import { plural, where } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

/** Samples in a row. A respawn takes well under a second, a start of many workers a few. */
const MIN_LOOKS = 3;
const MIN_MS = 5_000;

const FIXES = [
  fix({
    title: 'Start the missing workers',
    snippet: 'nginx -s reload   # starts a full set; the error log has the reason why they ended',
    effect: 'worker_processes workers again',
    risk: 'if the reason stays, they end again',
  }),
];

const DO_NOT = [
  'Do not count children of the master: cache manager, cache loader and workers that are shutting down are among them.',
];

/** Judges by the log alone: a worker that exits with a fatal code, or cannot be started, is not replaced. */
function byLog(findings: Findings): Judgement {
  const fatal = findings.lines(
    ['worker-exit-failed', 'spawn-failed'],
    ({ pattern, captures }) =>
      captures.process?.startsWith('worker') === true && (captures.fatal !== undefined || pattern === 'spawn-failed'),
  );
  const started = findings.lines('started');
  if (!isActive(fatal) || (started !== null && started.lastAt > fatal.lastAt)) return null;
  const configured = findings.life.expectedIsConfigured ? findings.life.expected : null;
  const all = configured !== null && fatal.count >= configured;
  const of = configured === null ? '' : ` of ${configured}`;
  const { pattern, captures } = fatal.newest;
  const how =
    pattern === 'spawn-failed'
      ? `could not be started (errno ${captures.errno ?? '?'})`
      : `ended with fatal code ${captures.code ?? '?'}, and the master does not start such a worker again`;
  const left = all
    ? 'none is left'
    : configured === null
      ? 'how many are left is unknown'
      : 'the others carry their load';
  return confirmed({
    confidence: 'likely',
    severity: all ? 'critical' : 'warning',
    since: fatal.firstAt,
    lasting: true,
    summary: `Workers are missing: ${fatal.count}${of} ${how}; ${left}.`,
    evidenceFor: lineItems(pattern, fatal, (it) => `${plural(it.count, 'worker')} ${how}`),
    fixes: FIXES,
    doNot: DO_NOT,
    nextChecks: ['workers', 'log', 'system'],
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { life, slots, activeMs } = findings;
  if (life.current === null) return byLog(findings);
  if (!life.expectedIsConfigured) return null;
  const running = life.current.length;
  if (running >= life.expected) return ruledOut(`${plural(running, 'worker')} of ${life.expected} run`);
  const changing = [...life.reloads, ...life.restarts].some((at) => at > evidence.asOf - activeMs / 2);
  if (life.missingFor < MIN_LOOKS || life.missingForMs < MIN_MS || changing) return null;
  const failed = findings.lines('worker-exit-failed');
  const setting = evidence.settings?.workerProcesses ?? null;
  const text = `${running} of ${life.expected} workers run${where(setting?.place)}`;
  const failedItems = lineItems(
    'worker-exit-failed',
    failed,
    (it) =>
      `process ${it.newest.captures.child ?? '?'} exited with ${it.newest.captures.fatal ?? ''}code ${it.newest.captures.code ?? '?'}`,
  );
  return confirmed({
    confidence: 'certain',
    severity: running === 0 || slots.pressure === 'refusing' ? 'critical' : 'warning',
    losing: running === 0 ? findings.loss.on('probe') : findings.loss.on(),
    since: life.at,
    lasting: failed !== null,
    summary: `Workers are missing: ${text}; the others carry their load${failed === null ? '' : ', and a worker that ends with a fatal code is not started again'}.`,
    evidenceFor: [
      item('workers.current', {
        value: running,
        unit: 'processes',
        threshold: life.expected,
        text,
        at: life.at ?? evidence.asOf,
      }),
      ...failedItems,
    ],
    fixes: FIXES,
    doNot: DO_NOT,
    nextChecks: ['workers', 'log', 'system'],
  });
}

export const cause: Cause = {
  id: 'missing-workers',
  kind: 'cause',
  title: 'Missing workers',
  means: 'The master has fewer live workers than worker_processes says, for longer than a respawn takes.',
  looksLike:
    'Fewer worker pids than configured; "exited with fatal code 2 and cannot be respawned"; less capacity, the rest more loaded.',
  fix: 'Read why the master could not start them (fork errors, crashes at start) and restart nginx once that is fixed; until then the rest carries the load.',
  differsFrom: [
    { cause: 'process-limit', how: 'there the system refuses new processes' },
    { cause: 'old-workers', how: 'there are too many processes, not too few' },
  ],
  references: ['nginx src/os/unix/ngx_process_cycle.c ngx_reap_children()'],
  reads: ['worker-exit-failed', 'spawn-failed', 'started', 'workers', 'settings'],
  consequences: ['slot-capacity', 'hot-worker'],
  precedence: 10,
  judge,
};
