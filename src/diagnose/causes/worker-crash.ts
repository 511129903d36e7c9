/** A worker crashed. Its connections are reset, and its share of the counters stays in stub_status. */
import { type Fix, uncounted } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive, isNginx, type Lines } from '../../findings/log.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

/** SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS. */
const FAULTS: Readonly<Record<string, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  11: 'SIGSEGV',
  31: 'SIGSYS',
};

/** The signal that the kernel's words imply, where they name a fault other than a bad address. */
const KERNEL_WORDS: readonly (readonly [string, string])[] = [
  ['invalid opcode', '4'],
  ['int3', '5'],
  ['divide error', '8'],
];

/** The most frequent signal, from the master's lines or from the kernel's words. */
function signalOf(crashes: Lines): string {
  const told = commonest(crashes, 'signal')?.value;
  const what = crashes.newest.captures.what ?? '';
  return told ?? KERNEL_WORDS.find(([words]) => what.includes(words))?.[1] ?? '11';
}

function fixes(modules: readonly string[]): Fix[] {
  return [
    fix({
      title: 'Keep the next core dump and read it',
      directive: 'worker_rlimit_core',
      snippet: 'worker_rlimit_core 500m;\nworking_directory /var/tmp;\n# then: coredumpctl gdb nginx, bt full',
      effect: 'the backtrace names the module',
      risk: 'disk space; a core holds request data',
    }),
    ...(modules.length === 0
      ? []
      : [
          fix({
            title: `Load nginx without ${modules[0]} for a test, or update it`,
            directive: 'load_module',
            snippet: `# load_module modules/…${modules[0]}….so;`,
            effect: 'a module built for another nginx version is the usual cause',
            risk: 'its directives are then unknown',
          }),
        ]),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const exits = findings.lines(
    'worker-exited-on-signal',
    ({ captures }) => FAULTS[captures.signal ?? ''] !== undefined,
  );
  const crashes = exits ?? findings.lines('kernel-segfault', ({ captures }) => isNginx(captures.name));
  if (!isActive(crashes)) return null;
  const signal = signalOf(crashes);
  const locked = findings.lines('zone-locked');
  const modules = evidence.settings?.thirdPartyModules ?? [];
  const suspects = modules.length > 0 ? `; modules loaded: ${modules.join(', ')}` : '';
  const lockedItems = lineItems(
    'zone-locked',
    locked,
    (it) => `zone ${it.newest.captures.zone ?? '?'} was locked by a worker that died`,
  );
  return confirmed({
    confidence: 'certain',
    severity: crashes.count >= 2 ? 'critical' : 'warning',
    losing: uncounted(`all connections of ${plural(crashes.count, 'worker')} that crashed`),
    since: crashes.firstAt,
    summary: `${plural(crashes.count, 'worker')} crashed (signal ${signal}, ${FAULTS[signal] ?? 'fault'})${suspects}: the clients of each were reset, and stub_status counts them until a restart.`,
    evidenceFor: [
      item(crashes.newest.pattern, {
        value: crashes.count,
        unit: 'lines',
        text: `process ${crashes.newest.captures.child ?? crashes.newest.captures.victim ?? '?'} exited on signal ${signal}`,
        at: crashes.lastAt,
      }),
      ...lockedItems,
    ],
    fixes: fixes(modules),
    doNot: [
      'Do not use Active, Reading, Writing or Waiting until nginx is restarted: the dead worker’s connections stay counted.',
    ],
    nextChecks: ['workers', 'log', 'system'],
  });
}

export const cause: Cause = {
  id: 'worker-crash',
  kind: 'cause',
  title: 'Worker crash',
  means:
    'A worker process ended on a fault signal (segmentation fault, abort). The master starts another at once, but all its connections are lost.',
  looksLike:
    '"worker process P exited on signal 11" (alert, always logged), one pid replaced while the others stay, resets, phantom connections in stub_status.',
  fix: 'Keep the next core dump (working_directory, worker_rlimit_core), read its stack, and update or remove the third-party module in it.',
  differsFrom: [
    { cause: 'worker-killed', how: 'there the signal is 9: somebody or the kernel killed it' },
    { cause: 'reload', how: 'there all workers are replaced and none exits on a signal' },
  ],
  references: [
    'nginx src/os/unix/ngx_process.c ngx_process_get_status()',
    'nginx docs: Debugging nginx',
    'nginx/nginx#131',
  ],
  reads: ['worker-exited-on-signal', 'kernel-segfault', 'zone-locked', 'settings'],
  consequences: ['missing-workers'],
  precedence: 9,
  judge,
};
