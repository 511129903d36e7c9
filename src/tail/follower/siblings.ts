/** Finds the files that rotation may have made of a log, by name: `.1`, `-DATE`, `.old`, with or without `.gz`. */
import { type BigIntStats, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { listFolder, splitRoot, statPath } from '../../files/read-file.ts';
import type { Whereabouts } from './whereabouts.ts';

/** After the log's name: a separator and something with a digit, or a word that means "the former one". */
const SUFFIX = /^(?:[.\-_~](?:[\w.\-:~]*\d[\w.\-:~]*?|old|prev|previous|last|bak|orig|rotated)|~)?(\.gz)?$/;
/** Between the stem and the extension: a date. */
const DATE_IN_NAME = /^[.\-_]\d{4}-?\d{2}-?\d{2}[\w.\-:]*$/;

/** A log has a few dozen; the owner of its folder can make any number, and each costs a stat(2) at each rotation. */
export const MOST_SIBLINGS = 128;
/** Names of a folder that are checked at most for being folders. */
const MOST_FOLDERS = 64;

export interface Sibling {
  readonly path: string;
  readonly stat: BigIntStats;
  readonly gzip: boolean;
}

/** A test for names that belong to the log called `base` (the log's own name included). */
export function siblingNames(base: string): (name: string) => boolean {
  const extension = extname(base);
  const stem = base.slice(0, base.length - extension.length);
  return (name) => {
    if (name.startsWith(base)) return SUFFIX.test(name.slice(base.length));
    const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
    if (extension === '' || !plain.startsWith(stem) || !plain.endsWith(extension)) return false;
    return DATE_IN_NAME.test(plain.slice(stem.length, -extension.length));
  };
}

function namesIn(directory: string): string[] {
  try {
    return listFolder(directory);
  } catch {
    return [];
  }
}

/** Whether a folder hides its names from us; one that is not there has none. */
export function isHidden(directory: string): boolean {
  try {
    listFolder(directory);
    return false;
  } catch (error) {
    return openFailure(error) === 'denied';
  }
}

const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** Of too many names those that are likely the newest: the lowest numbers (`.1`), and the highest (dates). */
function likelyNewest(names: readonly string[]): readonly string[] {
  if (names.length <= MOST_SIBLINGS) return names;
  const sorted = [...names].sort(byNumber);
  return [...sorted.slice(0, MOST_SIBLINGS / 2), ...sorted.slice(-MOST_SIBLINGS / 2)];
}

function rotationNumber(path: string): number {
  return Number(/\.(\d+)(?:\.gz)?$/.exec(path)?.[1] ?? 0);
}

/** Oldest first. Files born within one tick of the file system's clock are ordered by their numbers or dates. */
function byAge(a: Sibling, b: Sibling): number {
  const birth = (sibling: Sibling) => (sibling.gzip ? sibling.stat.mtimeNs : sibling.stat.birthtimeNs);
  if (a.gzip !== b.gzip) return a.gzip ? -1 : 1;
  if (birth(a) !== birth(b)) return birth(a) < birth(b) ? -1 : 1;
  return rotationNumber(b.path) - rotationNumber(a.path) || (a.path < b.path ? -1 : 1);
}

/** Regular files named like the log at `path`, itself excluded, and like its targets, oldest first. */
export function siblingsOf(path: string, { directories, targets }: Whereabouts): Sibling[] {
  const found = new Map<string, Sibling>();
  const search = (directory: string, belongs: (name: string) => boolean): void => {
    const isOwn = (name: string): boolean => join(directory, name) === path;
    for (const name of likelyNewest(namesIn(directory).filter((one) => belongs(one) && !isOwn(one)))) {
      const sibling = join(directory, name);
      const stat = statOf(sibling);
      if (typeof stat !== 'string' && stat.isFile())
        found.set(sibling, { path: sibling, stat, gzip: name.endsWith('.gz') });
    }
  };
  const belongs = siblingNames(basename(path));
  for (const directory of new Set([dirname(path), ...directories])) search(directory, belongs);
  for (const target of targets) search(dirname(target), siblingNames(basename(target)));
  return [...found.values()].sort(byAge);
}

/** Directories inside the log's own, where an `olddir` may be. */
export function subdirectoriesOf(directory: string): string[] {
  const names = namesIn(directory);
  // A folder made for rotated logs is seldom named like a file.
  const likely = names.length <= MOST_FOLDERS ? names : names.filter((name) => !name.includes('.'));
  return likely
    .slice(0, MOST_FOLDERS)
    .map((name) => join(directory, name))
    .filter((path) => {
      const stat = statOf(path);
      return typeof stat !== 'string' && stat.isDirectory();
    });
}

/** The file that the name leads to now (symlinks followed), or why it cannot be read. */
export function statOf(path: string): BigIntStats | 'absent' | 'denied' {
  try {
    // In our own root the kernel resolves the name as openFileToRead does; it is asked for every wake of a follower.
    return splitRoot(path).root === '/' ? statSync(path, { bigint: true }) : statPath(path);
  } catch (error) {
    return openFailure(error);
  }
}

/** Sorts the system's refusals: no such file, or one that cannot be had now (no permission, no descriptors, EIO). */
export function openFailure(error: unknown): 'absent' | 'denied' {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ESTALE') return 'absent';
  if (syscall !== undefined) return 'denied';
  throw error;
}
