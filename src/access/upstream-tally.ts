/** Counts times and errors by upstream peer. nginx logs lists: one element for each attempt, `a, b : c`, `-` for none. */
import type { AccessUpstream } from '../core/samples/access.ts';
import { createByteTable } from './byte-table.ts';
import { clear, coarseCounts, createHistogram, type Histogram, merge, quantiles, record } from './histogram.ts';
import type { WantedField } from './line-plan.ts';
import { SLOT, SLOTS } from './scanner.ts';

export interface UpstreamTally {
  /** Creates a counter for the attempts of a line in `out`; null when the format has no upstream fields. */
  counter(fields: ReadonlySet<WantedField>): ((bytes: Uint8Array, out: Int32Array) => void) | null;
  take(): readonly AccessUpstream[];
}

/** Most peers, because a pass with variables can reach any address. Attempts to others are counted under `*`. */
const MAX_PEERS = 256;
/** Above that limit, peers with fewer requests are counted under `*` too, because they change in each interval. */
const FEW_REQUESTS = 3;
const COMMA = 44;
const SPACE = 32;
const DASH = 45;
const ZERO = 48;
const TIMES = ['upstream_connect_time', 'upstream_header_time', 'upstream_response_time'] as const;
const RESPONSE = 2;

/** Reused in each interval: a peer has three histograms of 7 KiB, which would leave megabytes of garbage. */
interface Peer {
  requests: number;
  errors5xx: number;
  /** In the order of TIMES. */
  readonly times: readonly Histogram[];
}

const createPeer = (): Peer => ({ requests: 0, errors5xx: 0, times: TIMES.map(createHistogram) });

function add(sum: Peer, peer: Peer): void {
  sum.requests += peer.requests;
  sum.errors5xx += peer.errors5xx;
  for (const [i, histogram] of sum.times.entries()) merge(histogram, peer.times[i] ?? createHistogram());
}

function reset(peer: Peer): void {
  peer.requests = 0;
  peer.errors5xx = 0;
  for (const histogram of peer.times) clear(histogram);
}

/** Offset after the element at `from`: of its comma or space, or `end`. */
function elementEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== COMMA && bytes[at] !== SPACE) at += 1;
  return at;
}

/** The start of the element after the separator at `at` (`, ` or ` : `). */
const nextElement = (bytes: Uint8Array, at: number): number => at + (bytes[at] === COMMA ? 2 : 3);

export function createUpstreamTally(): UpstreamTally {
  const table = createByteTable(MAX_PEERS);
  const peers: Peer[] = [];
  const unnamed = createPeer();
  /** Where the next element of each list starts, by slot. */
  const cursors = new Int32Array(SLOTS);

  function peerAt(bytes: Uint8Array, from: number, end: number): Peer {
    const index = table.intern(bytes, from, end);
    if (index < 0) return unnamed;
    const known = peers[index];
    if (known !== undefined) return known;
    const fresh = createPeer();
    peers[index] = fresh;
    return fresh;
  }

  /**
   * The number at the list's cursor, which moves on; −1 for `-`. The dot is passed over: nginx always writes three
   * digits after it, so that `0.012` is 12 ms.
   */
  function takeNumber(bytes: Uint8Array, slot: number, end: number): number {
    let at = cursors[slot] ?? 0;
    let value = -1;
    for (; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) value = value < 0 ? digit : value * 10 + digit;
      else if (digit === COMMA - ZERO || digit === SPACE - ZERO) break;
    }
    cursors[slot] = at < end ? nextElement(bytes, at) : end;
    return value;
  }

  function counter(fields: ReadonlySet<WantedField>): ReturnType<UpstreamTally['counter']> {
    const named = fields.has('upstream_addr');
    const times = TIMES.map((field) => (fields.has(field) ? SLOT[field] : -1));
    const statusSlot = fields.has('upstream_status') ? SLOT.upstream_status : -1;
    const lists = [...times, statusSlot].filter((slot) => slot >= 0);
    // Without $upstream_addr, any other list gives the number of attempts.
    const lead = named ? SLOT.upstream_addr : (lists[0] ?? -1);
    if (lead < 0) return null;

    function attempt(bytes: Uint8Array, out: Int32Array, peer: Peer, isLast: boolean): void {
      peer.requests += 1;
      for (let i = 0; i < times.length; i += 1) {
        const slot = times[i] ?? -1;
        const histogram = peer.times[i];
        if (slot < 0 || histogram === undefined) continue;
        const ms = takeNumber(bytes, slot, out[slot + 1] ?? 0);
        if (ms >= 0) record(histogram, ms);
      }
      // Without $upstream_status, the client status is that of the last attempt.
      const own = statusSlot < 0 ? -1 : takeNumber(bytes, statusSlot, out[statusSlot + 1] ?? 0);
      const code = statusSlot < 0 && isLast ? (out[SLOT.status] ?? 0) : own;
      if (code >= 500) peer.errors5xx += 1;
    }

    return (bytes, out) => {
      let from = out[lead] ?? 0;
      const end = out[lead + 1] ?? 0;
      if (from >= end || (bytes[from] === DASH && from + 1 === end)) return;
      for (const slot of lists) cursors[slot] = out[slot] ?? 0;
      while (from < end) {
        const to = elementEnd(bytes, from, end);
        attempt(bytes, out, named ? peerAt(bytes, from, to) : unnamed, to >= end);
        from = to < end ? nextElement(bytes, to) : end;
      }
    };
  }

  function take(): readonly AccessUpstream[] {
    const least = unnamed.requests > 0 ? FEW_REQUESTS : 0;
    const asked = peers.slice(0, table.size);
    for (const peer of asked) if (peer.requests < least) add(unnamed, peer);
    const found = asked.flatMap((peer, index) => (peer.requests < least ? [] : [report(table.text(index), peer)]));
    if (unnamed.requests > 0) found.push(report('*', unnamed));
    for (const peer of [...asked, unnamed]) reset(peer);
    // Frees the entries of inactive peers.
    table.clear();
    return found.sort((a, b) => b.requests - a.requests);
  }

  return { counter, take };
}

/** Checked because a log_format may contain other text in place of the address. */
const ADDRESS = /^[\w.:[\]/@*-]{1,256}$/;

function report(name: string, peer: Peer): AccessUpstream {
  const [connectMs = null, headerMs = null, responseMs = null] = peer.times.map(quantiles);
  const responses = peer.times[RESPONSE];
  return {
    peer: ADDRESS.test(name) ? name : '*',
    requests: peer.requests,
    errors5xx: peer.errors5xx,
    connectMs,
    headerMs,
    responseMs,
    ...(responses === undefined || responseMs === null ? {} : { responseCounts: coarseCounts(responses) }),
  };
}
