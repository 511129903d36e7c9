/** Lists the files a pattern names now. Node 20 has no fs.glob. */
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

/**
 * Regular files that match, sorted. A file that is another's rotated generation (`access.log.1` beside `access.log`,
 * or beside one of `known`) is not a log of its own, and neither is a `.gz`.
 */
export function globFiles(pattern: string, known: Iterable<string> = []): string[] {
  const found = expand(pattern).filter((path) => {
    const stat = statOf(path);
    return typeof stat !== 'string' && stat.isFile() && !path.endsWith('.gz');
  });
  const logs = new Set([...known, ...found]);
  const isGeneration = (path: string) =>
    [...logs].some(
      (log) => log !== path && dirname(log) === dirname(path) && siblingNames(basename(log))(basename(path)),
    );
  return found.filter((path) => !isGeneration(path)).sort();
}
