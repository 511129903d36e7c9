/** Reports multi_accept on a shared accept queue: the worker that wakes first accepts all waiting connections. */
import type { Settings } from '../../core/settings.ts';
import { sharedQueues } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { plural, some } from '../words.ts';

function judge({ multiAccept, listens, workerCount }: Settings): readonly Objection[] {
  const shared = sharedQueues(listens);
  if (!multiAccept.value || shared.length === 0 || workerCount === 1) return [];
  const of = workerCount === null ? 'the workers' : `${workerCount} workers`;
  return [
    {
      severity: 'warning',
      place: multiAccept.place,
      text: `multi_accept is on while ${of} share ${plural(shared.length, 'listening socket')} (${some(shared.map(({ address }) => address))})`,
      cost: 'one worker accepts a whole burst: it runs out of slots and refuses clients while the others are idle',
      remedy: 'multi_accept off;   # or one queue for each worker: listen … reuseport;',
    },
  ];
}

export const rule: Rule = {
  id: 'multi-accept-without-reuseport',
  title: 'multi_accept on a shared queue',
  reference: 'nginx src/event/ngx_event_accept.c ngx_event_accept()',
  judge,
};
