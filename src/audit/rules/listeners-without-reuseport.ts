/** Many workers on one queue are woken unevenly (EPOLLEXCLUSIVE keeps its order); each deserves a queue of its own. */

import type { Settings } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { listenText, sharedQueues } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { plural, some } from '../words.ts';

const MANY_WORKERS = 8;

function judge({ listens, workerCount, multiAccept }: Settings): readonly Objection[] {
  const shared = sharedQueues(listens);
  const [first] = shared;
  // multi-accept-without-reuseport says it already, and more urgently.
  if (first === undefined || workerCount === null || workerCount < MANY_WORKERS || multiAccept.value) return [];
  return [
    {
      severity: 'info',
      place: first.place,
      text: `${workerCount} workers share ${plural(shared.length, 'listening socket')} (${some(shared.map(({ address }) => address))}) without reuseport`,
      cost: 'the last woken worker is woken first again: one may be full while the group looks half empty',
      remedy: `listen ${configWord(listenText(first.address))} reuseport;   # once for each address; takes ${workerCount - 1} more descriptors a worker`,
    },
  ];
}

export const rule: Rule = {
  id: 'listeners-without-reuseport',
  title: 'Many workers on one accept queue',
  reference: 'nginx src/event/ngx_event_accept.c ngx_reorder_accept_events(); Linux socket(7) SO_REUSEPORT',
  judge,
};
