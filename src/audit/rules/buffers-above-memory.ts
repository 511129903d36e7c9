/** Reports slots and buffers that exceed the memory when all are in use: the kernel would kill a worker. */

import { percent } from '../../core/format.ts';
import type { Pass, Settings } from '../../core/settings.ts';
import { SLOT_BYTES } from '../../nginx/slot-bytes.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { clientSlots, slotsPerRequest } from '../slots.ts';
import { bytes, number } from '../words.ts';

/** Request pool, header buffer and output chain of one active request. */
const REQUEST_BYTES = 12_288;
const TOO_MUCH = 0.5;

function largest(passes: readonly Pass[]): Pass | null {
  const buffered = passes.filter(({ buffering, bufferBytes }) => buffering.value && bufferBytes !== undefined);
  return buffered.reduce<Pass | null>(
    (most, pass) => ((most?.bufferBytes?.value ?? 0) >= (pass.bufferBytes?.value ?? 0) ? most : pass),
    null,
  );
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const memory = host.system?.memoryTotalBytes ?? null;
  const workers = settings.workerCount;
  if (memory === null || workers === null) return [];
  const pass = largest(settings.passes);
  const perRequest = REQUEST_BYTES + (pass?.bufferBytes?.value ?? 0) + (settings.clientBodyBufferBytes?.value ?? 0);
  // The limit of open files limits the connections of a worker too.
  const slots = Math.min(clientSlots(settings), host.workerSoftFiles ?? Number.POSITIVE_INFINITY);
  const requests = Math.floor((slots / (pass === null ? 1 : slotsPerRequest(host))) * workers);
  const pools = settings.workerConnections.value * workers * SLOT_BYTES;
  const need = requests * perRequest + pools;
  if (need <= memory * TOO_MUCH) return [];
  const bearable = Math.max(512, Math.floor((slots * memory * TOO_MUCH) / need));
  return [
    {
      // nginx allocates the slots at start, but buffers only when requests need them.
      severity: pools > memory * TOO_MUCH ? 'critical' : 'warning',
      place: pass?.bufferBytes?.place ?? settings.workerConnections.place,
      text: `${number(requests)} requests at once with ${bytes(perRequest)} of buffers each, and ${bytes(pools)} for the slots, need ${bytes(need)}: ${percent(need / memory)} of ${bytes(memory)} of memory`,
      cost: 'the out-of-memory killer kills a worker with all its clients before any limit of nginx is reached',
      remedy: `worker_connections ${bearable};   # or smaller ${pass === null ? 'client_body_buffer_size' : `${pass.kind}_buffers`}`,
    },
  ];
}

export const rule: Rule = {
  id: 'buffers-above-memory',
  title: 'Buffers times connections against memory',
  reference: 'nginx src/event/ngx_event.c ngx_event_process_init(); src/event/ngx_event_pipe.c',
  judge,
};
