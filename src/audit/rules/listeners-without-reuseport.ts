/** Reports many workers on one accept queue: EPOLLEXCLUSIVE wakes them unevenly. `reuseport` gives each a queue. */

import type { Settings } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { listenText, sharedQueues } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { plural, some } from '../words.ts';

const MANY_WORKERS = 8;

function judge({ listens, workerCount, multiAccept }: Settings): readonly Objection[] {
  const shared = sharedQueues(listens);
  const [first] = shared;
  // multi-accept-without-reuseport already reports this, with a higher severity.
  if (first === undefined || workerCount === null || workerCount < MANY_WORKERS || multiAccept.value) return [];
  return [
    {
      severity: 'info',
      place: first.place,
      text: `${workerCount} workers share ${plural(shared.length, 'listening socket')} (${some(shared.map(({ address }) => address))}) without reuseport`,
      cost: 'the kernel wakes the same worker first each time: it can be full while the total looks half empty',
      remedy: `listen ${configWord(listenText(first.address))} reuseport;   # once for each address; each worker needs ${workerCount - 1} more descriptors`,
    },
  ];
}

export const rule: Rule = {
  id: 'listeners-without-reuseport',
  title: 'Many workers on one accept queue',
  reference: 'nginx src/event/ngx_event_accept.c ngx_reorder_accept_events(); Linux socket(7) SO_REUSEPORT',
  judge,
};
