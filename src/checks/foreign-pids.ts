/**
 * Lines that name a process which is none of this nginx. Whoever can put a line break into what nginx logs can imitate a
 * whole line, but does not know the pids. A worker that lived between two looks is foreign too: this is a hint, not proof.
 */
import type { Evidence } from '../core/evidence.ts';
import { busiestOf } from '../core/signal.ts';
import { certainCounts } from '../core/space-saving.ts';
import { history } from './look.ts';

export interface ForeignPid {
  readonly pid: number;
  readonly lines: number;
}

/** Most lines first. Empty unless other lines name known pids: the log of a container counts pids of its own. */
export function foreignPids(evidence: Evidence): readonly ForeignPid[] {
  const known = new Set<number>();
  for (const { data } of history(evidence, 'workers')) {
    known.add(data.masterPid);
    for (const { pid } of data.processes) known.add(pid);
  }
  const lines = new Map<number, number>();
  for (const signal of [...evidence.signals.values()].flatMap((tally) => tally.signals)) {
    // nginx -t and a master that fails to start speak at emerg, the signal process at notice.
    if (signal.level === 'emerg' || signal.level === 'notice') continue;
    for (const [pid, count] of certainCounts(busiestOf(signal, 'pid')))
      lines.set(Number(pid), (lines.get(Number(pid)) ?? 0) + count);
  }
  if (![...lines.keys()].some((pid) => known.has(pid))) return [];
  const foreign = [...lines].filter(([pid]) => !known.has(pid));
  return foreign.map(([pid, count]) => ({ pid, lines: count })).sort((a, b) => b.lines - a.lines);
}
