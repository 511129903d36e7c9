/**
 * Sees from stat(2) alone that there is nothing to read. In a storm of one log the followers of all its neighbours are
 * woken, and this much is cheap.
 */
import { inodeOf } from './generation.ts';
import type { Lineage } from './lineage.ts';
import { statOf } from './siblings.ts';

/** Whether a look at the log would find nothing new: no bytes, no rotation, and none of its files silent for too long. */
export function wouldFindNothing(lineage: Lineage, path: string): boolean {
  const { current, generations } = lineage;
  if (current === null || lineage.isUnsettled || lineage.silent().length > 0) return false;
  const stat = statOf(path);
  if (typeof stat === 'string' || inodeOf(stat) !== current.inode) return false;
  return generations.every((generation) => generation.isUnchanged(generation === current ? stat : null));
}
