/** Lists the other directories where files of one log may be: rotation targets and targets of symlinks. */
import { basename, dirname, join } from 'node:path';
import { realPath } from '../../files/read-file.ts';

export interface Whereabouts {
  /** Files named like the log are looked for here too. */
  readonly directories: readonly string[];
  /** Files the log's name, a symlink, led to: it is they that are rotated, under their own names. */
  readonly targets: readonly string[];
}

export const NOWHERE_ELSE: Whereabouts = { directories: [], targets: [] };

/** Of each kind; the newest are kept. */
const KEPT = 4;

/** The file a symlink leads to; null when the name is no symlink, or leads nowhere. */
export function targetOf(path: string): string | null {
  try {
    const target = realPath(path);
    return target === join(realPath(dirname(path)), basename(path)) ? null : target;
  } catch {
    return null;
  }
}

/** What is known, and what can be seen now: where the symlink leads, and the directories its open files are in. */
export function learnWhereabouts(known: Whereabouts, path: string, directories: readonly string[]): Whereabouts {
  const target = targetOf(path);
  const elsewhere = directories.filter((directory) => directory !== dirname(path));
  return {
    directories: [...new Set([...known.directories, ...elsewhere])].slice(-KEPT),
    targets: [...new Set([...known.targets, ...(target === null ? [] : [target])])].slice(-KEPT),
  };
}
