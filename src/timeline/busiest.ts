/** Who most lines are about: the counts of folded signals added up, and only the largest kept. */
import type { Signal } from '../core/signal.ts';

/** Names told of one pattern. */
const TOLD = 16;
/** Clients one folded signal carries. */
const CARRIED = 8;

type Counts = ReadonlyMap<string, number>;

/** Lines of each client this signal names. */
export function clientsOf({ clients, captures, count }: Signal): readonly (readonly [string, number])[] {
  if (clients !== undefined) return clients.map((each) => [each.client, each.count]);
  return captures.client === undefined ? [] : [[captures.client, count]];
}

/** `Signal.clients` of two signals that become one; absent when both speak of one client. */
export function joinedClients(first: Signal, next: Signal): Pick<Signal, 'clients'> {
  const counts = busiest([...clientsOf(first), ...clientsOf(next)], CARRIED);
  return counts.size < 2 ? {} : { clients: [...counts].map(([client, count]) => ({ client, count })) };
}

/** Most first. */
export function busiest(named: Iterable<readonly [string, number]>, limit = TOLD): Counts {
  const counts = new Map<string, number>();
  for (const [name, count] of named) counts.set(name, (counts.get(name) ?? 0) + count);
  return new Map([...counts].sort((a, b) => b[1] - a[1]).slice(0, limit));
}
