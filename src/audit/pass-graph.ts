/**
 * Finds which server blocks pass requests to other server blocks of the same nginx. Each pass leads to every server of
 * its upstream, so the graph of a large configuration can be huge: the search stops at `MAX_STEPS` and reports it.
 */

import { groupBy } from '../core/grouping.ts';
import type { Listen, Pass, Place, Settings } from '../core/settings.ts';
import { endpointOf, isLoopback } from './addresses.ts';
import { placeText } from './words.ts';

export interface Hop {
  readonly pass: Pass;
  readonly listen: Listen;
  /** `FILE:LINE` of the server blocks at both ends. */
  readonly from: string;
  readonly to: string;
}

export interface Hops {
  readonly hops: readonly Hop[];
  /** False when the search reached its limit and may have missed hops. */
  readonly complete: boolean;
}

/** Most upstream servers and server names that one search examines. */
export const MAX_STEPS = 2_000_000;

const ANY_HOST = new Set(['0.0.0.0', '::', '*', '']);

interface Own {
  readonly listen: Listen;
  readonly host: string;
  readonly port: number | null;
}

/** Index of the listeners of this nginx by address. */
class OwnListeners {
  readonly #addresses: ReadonlySet<string>;
  readonly #exact: ReadonlyMap<string, Own>;
  /** Listeners on a wildcard address, by port. */
  readonly #anywhere: ReadonlyMap<number | null, readonly Own[]>;

  constructor(listens: readonly Listen[], ownAddresses: readonly string[]) {
    const owns = listens.filter(({ udp }) => udp !== true).map((listen) => ({ listen, ...endpointOf(listen.address) }));
    this.#addresses = new Set(ownAddresses);
    this.#exact = new Map(owns.toReversed().map((own) => [keyOf(own), own]));
    this.#anywhere = groupBy(
      owns.filter(({ host }) => ANY_HOST.has(host)),
      ({ port }) => port,
    );
  }

  /** The listener of this nginx that `address` reaches. */
  at(address: string): Own | undefined {
    const { host, port } = endpointOf(address);
    const exact = this.#exact.get(keyOf({ host, port }));
    const local = port !== null && (isLoopback(host) || ANY_HOST.has(host) || this.#addresses.has(host));
    const [anywhere] = local ? (this.#anywhere.get(port) ?? []) : [];
    return exact ?? anywhere;
  }
}

const keyOf = ({ host, port }: Pick<Own, 'host' | 'port'>): string => `${port} ${host}`;

/** The server blocks of a listener by name. nginx uses the first of several with the same name. */
type ByName = ReadonlyMap<string, Place>;

class Chooser {
  /** Cached by listener and by list of names: thousands of passes share both. */
  readonly #byName = new Map<Own, ByName>();
  readonly #chosen = new Map<Own, Map<readonly string[], Place | null>>();
  readonly #step: (count: number) => boolean;

  constructor(step: (count: number) => boolean) {
    this.#step = step;
  }

  /** The server block that nginx chooses by the Host header; null when the header is not known in advance. */
  chosen(pass: Pass, own: Own): Place | null {
    const { servers = [] } = own.listen;
    const [fallback] = servers;
    if (fallback === undefined || servers.length === 1) return fallback?.place ?? null;
    if (!/^\$(host|http_host)$/.test(pass.hostHeader ?? ''))
      return this.#byNames([pass.hostHeader ?? endpointOf(pass.upstream ?? '').host], own, fallback.place);
    const known = this.#chosen.get(own) ?? new Map<readonly string[], Place | null>();
    this.#chosen.set(own, known);
    const place = known.has(pass.serverNames)
      ? known.get(pass.serverNames)
      : this.#byNames(pass.serverNames, own, fallback.place);
    known.set(pass.serverNames, place ?? null);
    return place ?? null;
  }

  #byNames(names: readonly string[], own: Own, fallback: Place): Place | null {
    if (!this.#step(names.length) || names.some((name) => /[$*~]/.test(name))) return null;
    const byName = this.#namesOf(own);
    const known = names.find((name) => byName.has(name));
    return (known === undefined ? null : byName.get(known)) ?? fallback;
  }

  #namesOf(own: Own): ByName {
    const known = this.#byName.get(own);
    if (known !== undefined) return known;
    const byName = new Map<string, Place>();
    for (const { names, place } of own.listen.servers ?? []) {
      if (!this.#step(names.length)) break;
      for (const name of names) if (!byName.has(name)) byName.set(name, place);
    }
    this.#byName.set(own, byName);
    return byName;
  }
}

/** nginx uses port 80 for a server of an http upstream without a port. */
function withPort(address: string, { context }: Pass): string {
  const { host, port } = endpointOf(address);
  return port !== null || context === 'stream' || /^unix:/i.test(host) ? address : `${address}:80`;
}

/** All passes whose target is a listener of this nginx. */
export function ownHops(
  { passes, upstreams, listens }: Settings,
  ownAddresses: readonly string[],
  mostSteps = MAX_STEPS,
): Hops {
  let left = mostSteps;
  const step = (count: number): boolean => {
    left -= count;
    return left >= 0;
  };
  const groups = new Map(upstreams.map(({ context, name, servers }) => [`${context} ${name}`, servers]));
  const own = new OwnListeners(listens, ownAddresses);
  const chooser = new Chooser(step);
  const hops: Hop[] = [];
  for (const pass of passes) {
    if (pass.server === undefined) continue;
    for (const { address, down } of groups.get(`${pass.context} ${pass.upstream}`) ?? []) {
      if (!step(1)) return { hops, complete: false };
      const reached = down ? undefined : own.at(withPort(address, pass));
      const to = reached === undefined ? null : chooser.chosen(pass, reached);
      if (reached !== undefined && to !== null)
        hops.push({ pass, listen: reached.listen, from: placeText(pass.server), to: placeText(to) });
    }
  }
  return { hops, complete: left >= 0 };
}
