/** Every probe there is, ready to run. `access` has none: the access log feeds it. */
import type { ProbeId } from '../core/sample.ts';
import type { Host } from './host.ts';
import type { Probe } from './probe.ts';
import { createFdsProbe } from './probes/fds.ts';
import { createKernelProbe } from './probes/kernel.ts';
import { createListenersProbe } from './probes/listeners.ts';
import { createSlotsProbe } from './probes/slots.ts';
import { createSocketsProbe } from './probes/sockets.ts';
import { createStubStatusProbe } from './probes/stub-status.ts';
import { createSystemProbe } from './probes/system.ts';
import { createWorkersProbe } from './probes/workers.ts';

export type Probes = { readonly [P in Exclude<ProbeId, 'access'>]: Probe<P> };

/**
 * Probes are independent of each other and may run in parallel; the same one must not run twice at once. `sockets` is
 * the expensive one: run it on demand or while something is suspicious. Call every `close` at the end.
 */
export function createProbes(host: Host): Probes {
  return {
    'stub-status': createStubStatusProbe(host),
    workers: createWorkersProbe(host),
    fds: createFdsProbe(host),
    listeners: createListenersProbe(host),
    kernel: createKernelProbe(host),
    slots: createSlotsProbe(host),
    sockets: createSocketsProbe(host),
    system: createSystemProbe(host),
  };
}
