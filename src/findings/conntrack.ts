/** How full the connection-tracking table of the host is, and whether the kernel drops packets for it. */
import type { Evidence } from '../core/evidence.ts';
import { isActive, type Lines, readLines } from './log.ts';
import { seen } from './samples.ts';

export interface ConntrackView {
  readonly lines: Lines | null;
  readonly count: number | null;
  readonly max: number | null;
  /** null when the host tracks no connections, or that cannot be read. */
  readonly usedRatio: number | null;
  /** The kernel says that it drops packets. */
  readonly dropsLogged: boolean;
  /** New connections are dropped: by the kernel's own words, or as there is no entry left. */
  readonly isFull: boolean;
  readonly at: number;
}

/** Entries come and go between two samples: above this share some new connection finds none free. */
const FULL_RATIO = 0.995;

export function readConntrack(evidence: Evidence, activeMs: number): ConntrackView {
  const lines = readLines(evidence, activeMs, 'conntrack-full');
  const kernel = seen(evidence, 'kernel').at(-1);
  const [count, max] = [kernel?.data.conntrackCount ?? null, kernel?.data.conntrackMax ?? null];
  const usedRatio = count === null || max === null || max === 0 ? null : count / max;
  const dropsLogged = isActive(lines);
  const isFull = dropsLogged || (usedRatio ?? 0) >= FULL_RATIO;
  return { lines, count, max, usedRatio, dropsLogged, isFull, at: kernel?.at ?? evidence.asOf };
}
