/** Reports a missing worker_shutdown_timeout: after each reload, old workers run until their last connection ends. */
import type { Settings } from '../../core/settings.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { plural } from '../words.ts';

const MANY_RELOADS_PER_HOUR = 4;
/** Longer timeouts suggest long-lived connections. */
const LONG_MS = 600_000;

function judge(settings: Settings, { reloadsPerHour, longRequests }: HostFacts): readonly Objection[] {
  if (settings.workerShutdownTimeoutMs !== null) return [];
  const staying = settings.passes.find(
    (pass) => pass.upgradesWebsocket || pass.context === 'stream' || pass.readTimeoutMs.value > LONG_MS,
  );
  const often = reloadsPerHour !== null && reloadsPerHour >= MANY_RELOADS_PER_HOUR;
  const long = staying !== undefined || (longRequests ?? 0) > 0;
  if (!often && staying === undefined) return [];
  const why = [
    ...(often ? [`${plural(reloadsPerHour, 'reload')} an hour`] : []),
    ...(staying?.upgradesWebsocket ? ['websockets'] : staying ? ['long-lived connections'] : []),
  ];
  return [
    {
      severity: often && long ? 'warning' : 'info',
      place: staying?.place ?? settings.workerProcesses.place ?? settings.httpPlace ?? null,
      text: `worker_shutdown_timeout is not set, and there are ${why.join(' and ')}`,
      cost: `after each reload, ${settings.workerCount ?? 'the'} old workers keep memory and descriptors until their last client disconnects`,
      remedy: 'worker_shutdown_timeout 60s;   # main context',
    },
  ];
}

export const rule: Rule = {
  id: 'shutdown-timeout-missing',
  title: 'Old workers without a time limit',
  reference: 'nginx src/core/ngx_cycle.c ngx_set_shutdown_timer()',
  judge,
};
