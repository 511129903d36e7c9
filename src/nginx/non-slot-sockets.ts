/** Sockets a worker has open that take no connection slot (NGINX.md §2), as far as the configuration tells. */
import type { Settings } from './settings.ts';

/**
 * Reuseport listeners of the other workers (every worker inherits all clones and watches its own), and one socket for
 * each syslog target. `shuttingDown` workers have closed their listeners, clones too. The channels to the sibling
 * processes come on top: one for each child of the master but oneself.
 */
export function nonSlotSockets(settings: Settings | null, shuttingDown: boolean): number {
  if (settings === null) return 0;
  return (shuttingDown ? 0 : reuseportClones(settings)) + syslogTargets(settings);
}

function reuseportClones({ listens, workerCount }: Settings): number {
  const sockets = listens
    .filter((listen) => listen.reuseport)
    .map(({ quic, address }) => `${quic ? 'udp' : 'tcp'} ${address}`);
  return new Set(sockets).size * Math.max(0, (workerCount ?? 1) - 1);
}

function syslogTargets({ errorLogs, accessLogs }: Settings): number {
  const logs = [...errorLogs, ...accessLogs].filter((log) => log.target.startsWith('syslog:'));
  return new Set(logs.map(({ target, place }) => `${target} ${place?.file}:${place?.line}`)).size;
}
