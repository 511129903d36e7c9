/** Reports a limit of open files below the need. A slot can need two: its client and a file or an upstream socket. */

import type { Settings } from '../../core/settings.ts';
import { comment } from '../../core/shell.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { plural } from '../words.ts';

/** The default soft limit of systemd, shells and most container runtimes. */
const USUAL_SOFT_LIMIT = 1024;

/** Where to raise the hard limit to `wanted` outside nginx; empty when the hard limit already allows it. */
function grant(wanted: number, { masterHardFiles, supervisor }: HostFacts): string {
  if (masterHardFiles === null || masterHardFiles >= wanted) return '';
  const above = `above the hard limit of ${masterHardFiles}: unless nginx has CAP_SYS_RESOURCE`;
  if (supervisor?.kind === 'container')
    return `\n# ${above}, start the container (${supervisor.name}) with --ulimit nofile=${wanted}:${wanted}`;
  if (supervisor === null) return `\n# ${above}, raise it where nginx is started: ulimit -Hn ${wanted}`;
  const { fileLimit, name } = supervisor;
  const override = fileLimit === null ? '' : `: LimitNOFILE=${fileLimit.value} in ${fileLimit.file}:${fileLimit.line}`;
  return [
    '',
    comment(`${above}, raise it${override}`),
    comment(`systemctl edit ${name}`),
    '# [Service]',
    `# LimitNOFILE=${wanted}`,
    comment(`then: systemctl restart ${name}`),
  ].join('\n');
}

/** Why the limit of the workers differs from worker_rlimit_nofile. */
function overridden({ workerRlimitNofile: asked }: Settings, host: HostFacts): string {
  const { workerSoftFiles: soft, masterHardFiles: hard, supervisor } = host;
  if (asked === null || soft === null || soft >= asked.value) return '';
  const by = supervisor === null ? '' : ` of ${supervisor.name}`;
  return hard !== null && hard < asked.value
    ? `; worker_rlimit_nofile ${asked.value} is not in force, the hard limit${by} is ${hard}`
    : `; worker_rlimit_nofile ${asked.value} is not in force yet, it takes a reload`;
}

/** Without a running nginx and without worker_rlimit_nofile, the parent process decides the limit. */
function leftOpen({ workerConnections, origin }: Settings): readonly Objection[] {
  const wanted = workerConnections.value * 2;
  if (wanted <= USUAL_SOFT_LIMIT || (origin === 'fragment' && workerConnections.place === null)) return [];
  return [
    {
      severity: 'info',
      place: workerConnections.place,
      text: `${workerConnections.value} slots a worker can need ${wanted} descriptors, and the process that starts nginx sets the limit (often ${USUAL_SOFT_LIMIT})`,
      cost: `with ${USUAL_SOFT_LIMIT} descriptors, and a file or an upstream for every client, a worker fails at about ${USUAL_SOFT_LIMIT / 2} clients: 500s, then connections that hang`,
      remedy: `worker_rlimit_nofile ${wanted};`,
    },
  ];
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const { workerConnections, workerRlimitNofile } = settings;
  const live = host.workerSoftFiles !== null;
  const granted = host.workerSoftFiles ?? workerRlimitNofile?.value ?? null;
  const slots = workerConnections.value;
  const wanted = slots * 2;
  if (granted === null) return leftOpen(settings);
  if (granted >= wanted) return [];
  const critical = granted < slots;
  return [
    {
      severity: critical ? 'critical' : 'warning',
      place: workerRlimitNofile?.place ?? workerConnections.place,
      text: `a worker has ${plural(slots, 'connection slot')} but ${live ? 'may open' : 'is given'} ${plural(granted, 'file')}${overridden(settings, host)}`,
      cost: critical
        ? `the worker runs out of descriptors at ${granted} connections, before it runs out of slots: clients hang or get 500`
        : `with a file or an upstream for every client, the worker runs out of descriptors at about ${Math.floor(granted / 2)} clients`,
      remedy: `worker_rlimit_nofile ${wanted};${grant(wanted, host)}`,
    },
  ];
}

export const rule: Rule = {
  id: 'descriptors-below-slots',
  title: 'Descriptors below twice the slots',
  reference: 'nginx src/os/unix/ngx_process_cycle.c ngx_worker_process_init()',
  judge,
};
