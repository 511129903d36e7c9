/** Finds the file of a saved record: by identity, else by content under any name, plain or compressed. */
import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type OpenedFile, openFileToRead } from '../../files/read-file.ts';
import type { GenerationRecord } from '../cursor.ts';
import { archiveHoldsRecord } from './archive.ts';
import { holdsRecord, identityOf, inodeOf, startOffset } from './generation.ts';
import { isHidden, openFailure, type Sibling, siblingsOf, statOf, subdirectoriesOf } from './siblings.ts';
import type { Whereabouts } from './whereabouts.ts';

export type Located =
  | { readonly kind: 'file'; readonly file: OpenedFile; readonly offset: number }
  | { readonly kind: 'archive'; readonly sibling: Sibling }
  | 'denied' // something that may be it cannot be seen or opened, or is being written
  | 'gone';

function candidates(record: GenerationRecord, path: string, { directories, targets }: Whereabouts): Sibling[] {
  const stat = statOf(path);
  const own = typeof stat === 'string' || !stat.isFile() ? [] : [{ path, stat, gzip: false }];
  const around = [path, ...targets].flatMap((log) => subdirectoriesOf(dirname(log)));
  const all = [...own, ...siblingsOf(path, { directories: [...directories, ...around], targets })];
  const rank = ({ stat, gzip }: Sibling) => (identityOf(stat) === record.identity ? 0 : gzip ? 2 : 1);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** The candidate opened when it holds the record, else null. */
function tryPlain(candidate: Sibling, record: GenerationRecord): Located | null {
  let file: OpenedFile | null = null;
  try {
    file = openFileToRead(candidate.path);
    if (holdsRecord(file, record)) return { kind: 'file', file, offset: startOffset(file, record) };
    closeSync(file.fd);
    return null;
  } catch (error) {
    if (file !== null) closeSync(file.fd);
    return openFailure(error) === 'denied' ? 'denied' : null;
  }
}

export interface Acquaintance {
  /** Whether an inode is open already: then it belongs to another generation. */
  readonly isHeld: (inode: string) => boolean;
  /** Whether the file was written so lately that more of it may come. */
  readonly mayGrow: (stat: Sibling['stat']) => boolean;
}

export async function locateRecord(
  record: GenerationRecord,
  path: string,
  whereabouts: Whereabouts,
  { isHeld, mayGrow }: Acquaintance,
): Promise<Located> {
  let denied = false;
  // Each search of a folder full of names takes a while.
  await nextTurn();
  for (const candidate of candidates(record, path, whereabouts)) {
    if (candidate.gzip) {
      const holds = await archiveHoldsRecord(candidate.path, record);
      if (holds === true) return { kind: 'archive', sibling: candidate };
      if (holds === 'failed' || (holds === 'unfinished' && mayGrow(candidate.stat))) denied = true;
      continue;
    }
    if (isHeld(inodeOf(candidate.stat))) continue;
    const found = tryPlain(candidate, record);
    if (found === 'denied') denied = true;
    else if (found !== null) return found;
  }
  return denied || [dirname(path), ...whereabouts.directories].some(isHidden) ? 'denied' : 'gone';
}
