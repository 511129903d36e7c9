/** Each slot can need two descriptors (a client and a file or an upstream): the live limit decides, not the config. */

import type { Settings } from '../../nginx/settings.ts';
import type { Finding, HostFacts, Rule } from '../rule.ts';

function judge({ workerConnections, workerRlimitNofile }: Settings, host: HostFacts): readonly Finding[] {
  const granted = host.workerSoftFiles ?? workerRlimitNofile?.value ?? null;
  const slots = workerConnections.value;
  if (granted === null || granted >= slots * 2) return [];
  const critical = granted < slots;
  const live = host.workerSoftFiles !== null;
  const beyondHard = host.workerHardFiles !== null && host.workerHardFiles < slots * 2;
  const grant = beyondHard
    ? `\n# and let the service have them: systemctl edit nginx → [Service] LimitNOFILE=${slots * 2}`
    : '';
  const place = workerRlimitNofile?.place ?? workerConnections.place;
  return [
    {
      rule: rule.id,
      severity: critical ? 'critical' : 'warning',
      file: place?.file ?? null,
      line: place?.line ?? null,
      text: `a worker has ${slots} connection slots but ${live ? 'may open' : 'is given'} ${granted} files`,
      cost: critical
        ? `descriptors run out at ${granted} connections, before the slots do: clients hang or get 500`
        : `with a file or an upstream for every client they run out at about ${Math.floor(granted / 2)} clients`,
      remedy: `worker_rlimit_nofile ${slots * 2};${grant}`,
      reference: 'nginx src/os/unix/ngx_process_cycle.c ngx_worker_process_init()',
    },
  ];
}

export const rule: Rule = { id: 'descriptors-below-slots', title: 'Descriptors below twice the slots', judge };
