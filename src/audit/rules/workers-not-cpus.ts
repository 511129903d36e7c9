/** Reports a worker count that does not fit the CPUs: too few leave cores and slots unused, too many waste memory. */
import type { Settings } from '../../core/settings.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { plural } from '../words.ts';

const REMEDY = 'worker_processes auto;';

function tooFew(settings: Settings, workers: number, cpus: number): Objection {
  const { workerProcesses, workerConnections, httpPlace } = settings;
  const slots = workerConnections.value;
  return {
    severity: workers * 2 <= cpus ? 'warning' : 'info',
    place: workerProcesses.place ?? httpPlace ?? null,
    text: `${plural(workers, 'worker')} on ${cpus} CPUs: ${slots * workers} slots instead of ${slots * cpus}`,
    cost: `nginx cannot use more than ${workers} of the ${cpus} cores; one slow event loop delays ${workers === 1 ? 'every client' : `one client in ${workers}`}`,
    remedy: REMEDY,
  };
}

/** `auto` counts all online CPUs, but a cpuset may allow fewer. */
function tooMany({ workerProcesses }: Settings, workers: number, cpus: number): Objection {
  const auto = workerProcesses.value === 'auto';
  return {
    severity: 'info',
    place: workerProcesses.place,
    text: `${workers} workers share ${plural(cpus, 'CPU')}${auto ? ': auto counts the CPUs of the machine, not those nginx may use' : ''}`,
    cost: 'each worker needs separate keepalive pools and buffers, and busy workers wait for a core',
    remedy: auto ? `worker_processes ${cpus};` : REMEDY,
  };
}

function judge(settings: Settings, { system }: HostFacts): readonly Objection[] {
  const { workerProcesses, workerCount, masterProcess, origin } = settings;
  if (!masterProcess) return [];
  if (system === null) {
    if (origin === 'fragment' || workerProcesses.place !== null) return [];
    return [
      {
        severity: 'info',
        place: settings.httpPlace ?? null,
        text: `worker_processes is not set: one worker with ${settings.workerConnections.value} slots, regardless of the number of CPUs`,
        cost: 'nginx uses one core',
        remedy: REMEDY,
      },
    ];
  }
  const { cpus } = system;
  if (workerCount === null || workerCount === cpus || cpus === 0) return [];
  if (workerCount < cpus) return [tooFew(settings, workerCount, cpus)];
  return workerCount > cpus * 2 ? [tooMany(settings, workerCount, cpus)] : [];
}

export const rule: Rule = {
  id: 'workers-not-cpus',
  title: 'Worker processes against CPUs',
  reference: 'nginx src/core/nginx.c ngx_set_worker_processes(); nginx.org ngx_core_module worker_processes',
  judge,
};
