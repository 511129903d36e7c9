import type { Settings } from '../core/settings.ts';

/**
 * Listening sockets that a current worker holds for the others: with `reuseport` every worker inherits one clone for
 * each worker and watches its own, so the rest take a descriptor but no connection slot (ngx_event_process_init).
 */
export function reuseportClones(settings: Settings | null): number {
  if (settings === null) return 0;
  const { listens, workerCount } = settings;
  const sockets = listens
    .filter((listen) => listen.reuseport)
    .map(({ quic, address }) => `${quic ? 'udp' : 'tcp'} ${address}`);
  return new Set(sockets).size * Math.max(0, (workerCount ?? 1) - 1);
}
