/** The whole system has no file handle left. nginx is only one of the processes affected. */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { linesLost } from '../../findings/loss.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

const HIGH_RATIO = 0.9;

function fixes(max: number | null): Fix[] {
  return [
    fix({
      title: 'Raise the system’s limit',
      directive: 'fs.file-max',
      from: max,
      to: (max ?? 500_000) * 2,
      snippet: `sysctl -w fs.file-max=${(max ?? 500_000) * 2}`,
      effect: 'handles for all processes together',
      risk: 'about 1 KiB of kernel memory for each handle in use',
    }),
    fix({
      title: 'Find who holds them',
      snippet:
        'for p in /proc/[0-9]*; do echo "$(ls $p/fd 2>/dev/null | wc -l) $(cat $p/comm)"; done | sort -rn | head',
      effect: 'names the process that leaks',
      risk: 'none',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { enfile, systemUsedRatio } = findings.descriptors;
  const active = isActive(enfile);
  if (!active && (systemUsedRatio ?? 0) < HIGH_RATIO) return null;
  const fds = seen(evidence, 'fds').at(-1)?.data ?? null;
  const max = fds?.systemMax ?? null;
  const use =
    systemUsedRatio === null || fds === null ? '' : ` (${fds.systemUsed} of ${max}, ${percent(systemUsedRatio)})`;
  const ratioItems =
    systemUsedRatio === null
      ? []
      : [
          item('fds.system_used_ratio', {
            value: systemUsedRatio,
            unit: 'ratio',
            threshold: HIGH_RATIO,
            text: `file handles of the system${use}`,
            at: evidence.asOf,
          }),
        ];
  const logged = lineItems(
    'errno-23',
    enfile,
    (it) => `${plural(it.count, 'line')} of "Too many open files in system" (errno 23)`,
  );
  return confirmed({
    confidence: 'certain',
    severity: active ? 'critical' : 'warning',
    losing: linesLost(enfile, 'clients left waiting or answered 500 for want of a file handle'),
    since: enfile?.firstAt ?? null,
    summary: `The system ${active ? 'has no file handle left' : 'runs out of file handles'}${use}; every process on this host is affected, not only nginx.`,
    evidenceFor: [...logged, ...ratioItems],
    fixes: fixes(max),
    doNot: ['Do not raise worker_rlimit_nofile: it is not the workers’ own limit that is reached.'],
    nextChecks: ['fds', 'system'],
  });
}

export const cause: Cause = {
  id: 'system-fd-exhaustion',
  kind: 'cause',
  title: 'System out of file handles',
  means: 'fs.file-max is reached: no process may open another file or socket.',
  looksLike:
    '"(23: Too many open files in system)" on accept4(), socket() or open(); in the kernel log "VFS: file-max limit reached".',
  fix: 'Find who holds the files (it may not be nginx) and raise fs.file-max.',
  differsFrom: [{ cause: 'fd-exhaustion', how: 'there errno is 24 and only the worker’s own limit is reached' }],
  references: ['man 2 accept, ENFILE', 'linux Documentation/admin-guide/sysctl/fs.rst file-max'],
  reads: ['enfile', 'fds'],
  consequences: ['fd-exhaustion'],
  precedence: 11,
  judge,
};
