/** Lists the files that match a pattern. Node 20 has no fs.glob. */
import { basename, dirname, join } from 'node:path';
import { listFolder } from '../files/read-file.ts';
import { globTest, isGlob } from '../nginx/glob.ts';
import { siblingNames, statOf } from './follower/siblings.ts';

function entries(directory: string): string[] {
  try {
    return listFolder(directory);
  } catch {
    return [];
  }
}

function expand(pattern: string): string[] {
  if (!isGlob(pattern)) return [pattern];
  const wanted = globTest(basename(pattern));
  return expand(dirname(pattern)).flatMap((directory) =>
    entries(directory)
      .filter(wanted)
      .map((name) => join(directory, name)),
  );
}

/** Between the name and the extension of a log begins a date. */
const DATE = /[.\-_]\d{4}/g;

/** The names that a log would have of which `name` is a rotated generation; in most folders a handful. */
function* formerNames(name: string): Generator<string> {
  for (let end = name.length - 1; end > 0; end--) yield name.slice(0, end);
  const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
  const extension = plain.lastIndexOf('.');
  if (extension < 0) return;
  for (const { index } of plain.matchAll(DATE))
    if (index < extension) yield plain.slice(0, index) + plain.slice(extension);
}

/** Files listed at most: more cost more than they are worth. */
export const MOST_FILES = 256;

/**
 * Regular files that match, sorted, at most MOST_FILES. A file that is another's rotated generation (`access.log.1` beside
 * `access.log`, or beside one of `known`) is not a separate log, and neither is a `.gz`.
 */
export function globFiles(pattern: string, known: Iterable<string> = []): string[] {
  const matching = expand(pattern).filter((path) => !path.endsWith('.gz'));
  const logs = new Set([...known, ...matching]);
  const isGeneration = (path: string): boolean => {
    const [folder, name] = [dirname(path), basename(path)];
    for (const former of formerNames(name)) {
      if (logs.has(join(folder, former)) && siblingNames(former)(name)) return true;
    }
    return false;
  };
  const found: string[] = [];
  for (const path of matching.sort()) {
    if (found.length >= MOST_FILES) break;
    if (isGeneration(path)) continue;
    const stat = statOf(path);
    if (typeof stat !== 'string' && stat.isFile()) found.push(path);
  }
  return found;
}
