/**
 * Detects with stat(2) alone that a log has nothing new. A storm of changes in one log wakes the followers of all logs in
 * its folder, so this check must be cheap.
 */
import { inodeOf } from './generation.ts';
import type { Lineage } from './lineage.ts';
import { statOf } from './siblings.ts';

/** Whether a poll of the log would find nothing new: no bytes, no rotation, and none of its files silent for too long. */
export function wouldFindNothing(lineage: Lineage, path: string): boolean {
  const { current, generations } = lineage;
  if (current === null || lineage.isUnsettled || lineage.silent().length > 0) return false;
  const stat = statOf(path);
  if (typeof stat === 'string' || inodeOf(stat) !== current.inode) return false;
  return generations.every((generation) => generation.isUnchanged(generation === current ? stat : null));
}
