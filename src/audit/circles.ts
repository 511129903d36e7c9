/**
 * Finds cycles in the graph of hops between server blocks. Each hop that belongs to a cycle is in at least one of the
 * cycles returned. The search stops at a limit of steps and then reports that it is incomplete.
 */
import { groupBy } from '../core/grouping.ts';

interface Way {
  readonly from: string;
  readonly to: string;
}

export interface Circles<T> {
  /** The shortest cycle through each hop that no earlier cycle contains. */
  readonly circles: readonly (readonly T[])[];
  /** False when the search reached its limit and may have missed cycles. */
  readonly complete: boolean;
}

/**
 * Numbers the strongly connected components (Tarjan, 1972). It is iterative, because long chains of servers would
 * overflow the stack.
 */
function components<T extends Way>(leaving: ReadonlyMap<string, readonly T[]>): ReadonlyMap<string, number> {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const component = new Map<string, number>();
  const open: string[] = [];
  const lower = (server: string, value: number): void =>
    void lowest.set(server, Math.min(lowest.get(server) ?? value, value));
  for (const root of leaving.keys()) {
    const path = order.has(root) ? [] : [{ server: root, next: 0 }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const { server } = at;
      if (at.next === 0) {
        lower(server, order.size);
        order.set(server, order.size);
        open.push(server);
      }
      const hop = leaving.get(server)?.[at.next];
      at.next += 1;
      if (hop !== undefined) {
        if (!order.has(hop.to)) path.push({ server: hop.to, next: 0 });
        else if (!component.has(hop.to)) lower(server, order.get(hop.to) ?? 0);
        continue;
      }
      path.pop();
      const around = path.at(-1);
      if (around !== undefined) lower(around.server, lowest.get(server) ?? 0);
      if (lowest.get(server) !== order.get(server)) continue;
      for (let member = open.pop(); member !== undefined; member = member === server ? undefined : open.pop())
        component.set(member, order.get(server) ?? 0);
    }
  }
  return component;
}

/** The shortest cycle that starts with `hop`; null when `step` reports that the limit is reached. */
function shortest<T extends Way>(
  hop: T,
  leaving: ReadonlyMap<string, readonly T[]>,
  step: () => boolean,
): readonly T[] | null {
  const reachedBy = new Map<string, T>([[hop.to, hop]]);
  // Breadth-first search: the loop also visits the entries that it adds.
  for (const [server] of reachedBy) {
    if (server === hop.from) break;
    for (const next of leaving.get(server) ?? []) {
      if (!step()) return null;
      if (!reachedBy.has(next.to)) reachedBy.set(next.to, next);
    }
  }
  const way: T[] = [];
  for (let last = reachedBy.get(hop.from); last !== undefined; last = reachedBy.get(last.from)) {
    way.push(last);
    if (last === hop) return way.reverse();
  }
  return null;
}

export function circlesOf<T extends Way>(hops: readonly T[], mostSteps: number): Circles<T> {
  const component = components(groupBy(hops, ({ from }) => from));
  const round = hops.filter(({ from, to }) => component.get(from) === component.get(to));
  const leaving = groupBy(round, ({ from }) => from);
  let left = mostSteps;
  const step = (): boolean => {
    left -= 1;
    return left >= 0;
  };
  const covered = new Set<T>();
  const circles: (readonly T[])[] = [];
  for (const hop of round) {
    if (covered.has(hop)) continue;
    const circle = shortest(hop, leaving, step);
    if (circle === null) return { circles, complete: false };
    circles.push(circle);
    for (const each of circle) covered.add(each);
  }
  return { circles, complete: true };
}
