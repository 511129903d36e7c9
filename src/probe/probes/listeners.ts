/** The probe of the accept queues of nginx's listening sockets: waiting connections and backlog. */
import { type ListenersData, sample } from '../../core/samples/listeners.ts';
import type { Settings } from '../../core/settings.ts';
import { createBacklogs } from '../backlogs.ts';
import { createProbe, type Look, noMaster } from '../create-probe.ts';
import type { Host } from '../host.ts';
import { listeningSockets } from '../listening-sockets.ts';
import { netNamespaceOf } from '../net-namespace.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';

/** NGX_LISTEN_BACKLOG on Linux (src/os/unix/ngx_linux_config.h). */
const NGINX_BACKLOG = 511;

export const probe: MakeProbe<'listeners'> = { sample, create: createListenersProbe };

export function createListenersProbe(host: Host): Probe<'listeners'> {
  const backlogs = createBacklogs(host);

  async function look(target: ProbeTarget, signal: AbortSignal): Promise<Look<ListenersData>> {
    const { masterPid, settings } = target;
    if (masterPid === null) return noMaster(target);
    const namespace = await netNamespaceOf(host, masterPid);
    const sockets = await listeningSockets(host, masterPid, settings, signal);
    const known = await backlogs.of(
      sockets.map((socket) => socket.inode),
      namespace,
      signal,
    );
    const complete = sockets.every((socket) => known.has(socket.inode));
    const [somaxconn] = complete ? [null] : await namespace.sysctls(['net/core/somaxconn'], signal);
    const queues = sockets.flatMap(({ address, inode, queued }) => {
      if (queued === null) return [];
      const backlog = known.get(inode) ?? configuredBacklog(address, settings, somaxconn ?? null);
      return [{ address, recvQ: queued, backlog, inode }];
    });
    return { ok: true, data: { queues } };
  }

  return createProbe(sample, host, { look });
}

/** What listen(2) was asked for, cut by the kernel at somaxconn. */
function configuredBacklog(address: string, settings: Settings | null, somaxconn: string | null): number | null {
  const listen = settings?.listens.find((candidate) => candidate.address === address);
  if (listen === undefined || somaxconn === null) return null;
  return Math.min(listen.backlog ?? NGINX_BACKLOG, Number(somaxconn));
}
