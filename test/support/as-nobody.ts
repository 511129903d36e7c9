/**
 * Words that run a command of this repository as the user nobody. The repository is mounted at `spot` first, because a
 * clone may stand in a folder that only root may enter. Without root it runs as whoever runs the tests.
 */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPT =
  'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';

export interface Nobody {
  /** 65534 as root; undefined where everything runs as whoever runs the tests. */
  readonly uid: number | undefined;
  /** The repository as nobody sees it. */
  readonly root: string;
  words(command: readonly string[]): readonly [string, ...string[]];
  /** Removes the mount point; the mount itself ends with the command. */
  remove(): void;
}

export function asNobody(): Nobody {
  const root = process.getuid?.() === 0;
  const spot = root ? mkdtempSync(join(tmpdir(), 'gapwatch-nobody-')) : ROOT;
  return {
    uid: root ? 65_534 : undefined,
    root: spot,
    words: (command) =>
      root ? ['unshare', '--mount', 'sh', '-c', SCRIPT, 'sh', ROOT, spot, ...command] : ['env', ...command],
    remove: () => (root ? rmdirSync(spot) : undefined),
  };
}
