/** When clients without an answer are the ones that hold the slots. */
import { expect, it } from 'vitest';
import type { SocketSum } from '../../src/findings/occupancy.ts';
import { unansweredClients } from '../../src/findings/unanswered-clients.ts';

function kindOf(over: Partial<SocketSum>): string | null {
  const sum = { client: 100, clientUnanswered: 80, clientUnansweredBodies: 0, clientRecvQueued: 0, ...over };
  return unansweredClients({ clientRecentlyReceived: null, ...sum } as SocketSum)?.kind ?? null;
}

it.each<[string, Partial<SocketSum>, string | null]>([
  ['most clients, nothing known of their last bytes', {}, 'slow-headers'],
  ['one client alone', { client: 1, clientUnanswered: 1 }, 'slow-headers'],
  ['half of the clients', { clientUnanswered: 50 }, null],
  ['a number that is not known', { clientUnanswered: null }, null],
  ['few that nginx has not read', { clientRecvQueued: 25 }, 'slow-headers'],
  ['many that nginx has not read', { clientRecvQueued: 26 }, null],
  ['bodies for more than half', { clientUnansweredBodies: 41 }, 'slow-uploads'],
  ['bodies for half', { clientUnansweredBodies: 40 }, null],
  ['bodies for a quarter', { clientUnansweredBodies: 20 }, 'slow-headers'],
])('%s', (_what, over, kind) => {
  expect(kindOf(over)).toBe(kind);
});

it('not the clients that all go on sending', () => {
  expect(kindOf({ clientRecentlyReceived: 100 })).toBeNull();
  expect(kindOf({ clientRecentlyReceived: 0 })).toBe('slow-headers');
});
