/** A worker has reached its soft limit of open files. Clients hang or get 500s; accepts − handled does not grow. */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural, seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, wordsOf } from '../../findings/log.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item, powerOfTwo } from '../words.ts';

/** Descriptors per slot: a client needs one, its upstream connection or file another. */
const PER_SLOT = 2;

export function raiseDescriptors(evidence: Evidence, soft: number | null): Fix[] {
  const { settings } = evidence;
  const slots = settings?.workerConnections.value ?? null;
  const need = Math.max((slots ?? 0) * PER_SLOT + 64, (soft ?? 512) * 2);
  const to = powerOfTwo(need);
  const from = settings?.workerRlimitNofile?.value ?? soft;
  return [
    fix({
      title: "Raise the workers' limit of open files",
      directive: 'worker_rlimit_nofile',
      from,
      to,
      place: settings?.workerRlimitNofile?.place ?? null,
      snippet: `worker_rlimit_nofile ${to};`,
      effect: `${to} descriptors for each worker${slots === null ? '' : `, ${PER_SLOT} for each of its ${slots} slots and some spare`}; a reload is enough`,
      risk: `none below the hard limit; above it CAP_SYS_RESOURCE is needed (systemd: LimitNOFILE=${to})`,
    }),
  ];
}

function items(evidence: Evidence, { descriptors, thresholds, page }: Findings) {
  const { hottest, emfile } = descriptors;
  const found = [];
  if (hottest !== null) {
    const text = `worker ${hottest.pid}: ${hottest.used} of ${hottest.soft} descriptors (${percent(hottest.usedRatio)})`;
    found.push(
      item('fds.used_ratio', {
        value: hottest.usedRatio,
        unit: 'ratio',
        threshold: thresholds.fdsHighRatio,
        text,
        at: descriptors.at ?? evidence.asOf,
      }),
    );
  }
  if (emfile !== null) {
    const text = `${plural(emfile.count, 'line')} of "Too many open files" (errno 24)`;
    found.push(item('errno-24', { value: emfile.count, unit: 'lines', text, at: emfile.lastAt }));
  }
  if (page.failure?.reason === 'read-timeout') {
    const kept = page.armedAnswers === true ? ', while the connection kept open is answered' : '';
    const text = `fresh probes connect and get no answer${kept}`;
    found.push(item('stub-status.failure', { value: 'read-timeout', text, at: page.failure.since }));
  }
  return found;
}

/** The master opens all logs and listeners at start and reload. Its limit is the one it was started with. */
function ofMaster({ descriptors, page, loss }: Findings): Judgement {
  const { masterEmfile } = descriptors;
  if (!isActive(masterEmfile)) return null;
  const down = page.failure?.reason === 'refused';
  return confirmed({
    confidence: 'certain',
    severity: down ? 'critical' : 'warning',
    losing: down ? loss.on('probe') : loss.on(),
    since: masterEmfile.firstAt,
    lasting: true,
    summary: `The master process has no descriptor left (${wordsOf(masterEmfile.newest)}): ${down ? 'nginx does not start' : 'a start or reload is refused, and old workers, if any, keep running'}.`,
    evidenceFor: [
      item('errno-24', {
        value: masterEmfile.count,
        unit: 'lines',
        text: `${plural(masterEmfile.count, 'line')} of "Too many open files" at level emerg`,
        at: masterEmfile.lastAt,
      }),
    ],
    fixes: [
      fix({
        title: 'Raise the limit nginx is started with',
        directive: 'LimitNOFILE',
        snippet:
          'systemctl edit nginx   # [Service] LimitNOFILE=65536\nsystemctl daemon-reload && systemctl restart nginx\n# docker: --ulimit nofile=65536:65536',
        effect: 'the master can open every listener and log file of the configuration',
        risk: 'needs a restart, a reload keeps the old limit',
      }),
    ],
    doNot: [
      'Do not expect worker_rlimit_nofile to help: it is set in workers, and here the master runs out.',
      'Do not edit /etc/security/limits.conf: systemd services do not read it.',
    ],
    nextChecks: ['fds', 'config', 'log'],
  });
}

const DO_NOT = [
  'Do not raise worker_connections first: more slots need more descriptors, and the same limit is hit sooner.',
  'Do not trust `ulimit -n` of a shell or the limits of the master process: the limit of the worker processes counts.',
];

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { descriptors, thresholds, loss, page } = findings;
  const { hottest, emfile } = descriptors;
  const ratio = hottest?.usedRatio ?? 0;
  const use =
    hottest === null
      ? 'a worker has no descriptor left'
      : `worker ${hottest.pid} uses ${hottest.used} of ${hottest.soft} descriptors`;
  const shared = {
    evidenceFor: items(evidence, findings),
    fixes: raiseDescriptors(evidence, hottest?.soft ?? null),
    doNot: DO_NOT,
    nextChecks: ['fds', 'backlog'] as const,
  };
  if (descriptors.exhausted) {
    const hangs = page.failure?.reason === 'read-timeout';
    return confirmed({
      ...shared,
      confidence: isActive(emfile) ? 'certain' : 'likely',
      severity: 'critical',
      losing: hangs ? loss.on('descriptors', 'probe') : loss.on('descriptors'),
      since: emfile?.firstAt ?? descriptors.at,
      summary: `Open files have run out: ${use}${emfile === null ? '' : `, and nginx logged "Too many open files" ${plural(emfile.count, 'time')}`}.`,
    });
  }
  if (ratio >= thresholds.fdsHighRatio || descriptors.imminent) {
    const left = hottest?.secondsToFull ?? null;
    return confirmed({
      ...shared,
      confidence: 'certain',
      severity: 'warning',
      since: descriptors.at,
      secondsLeft: left,
      summary: `Open files are running out: ${use} (${percent(ratio)})${left === null ? '' : `, full in about ${number(left)} s`}.`,
    });
  }
  const master = ofMaster(findings);
  if (master !== null || hottest === null) return master;
  return ruledOut(`${use} (${percent(ratio)}), and no "Too many open files" in the last ${seconds(findings.activeMs)}`);
}

export const cause: Cause = {
  id: 'fd-exhaustion',
  kind: 'cause',
  title: 'Out of file descriptors',
  means:
    'A worker has as many files and sockets open as its soft limit allows. It cannot accept, connect or open files until some are closed.',
  looksLike:
    '"(24: Too many open files)" on accept4(), socket() or open(): 500s first, then new clients connect and hang. Slots look free, the gap stays 0, a connection kept open still answers.',
  fix: 'Raise worker_rlimit_nofile to at least twice worker_connections (a proxied request needs two descriptors, plus files) and reload; check that the new soft limit has landed in the workers.',
  differsFrom: [
    { cause: 'slot-capacity', how: 'there clients are reset at once and the log says worker_connections' },
    { cause: 'system-fd-exhaustion', how: 'there the whole system is out (errno 23)' },
    { cause: 'fd-leak', how: 'there descriptors grow while connections do not' },
  ],
  references: [
    'nginx src/event/ngx_event_accept.c ngx_event_accept()',
    'nginx docs: ngx_core_module, worker_rlimit_nofile',
    'man 2 accept, EMFILE',
  ],
  reads: ['emfile', 'fds', 'stub-status', 'settings'],
  consequences: [],
  precedence: 14,
  judge,
};
