/**
 * The private folder of a lab nginx. Its name identifies its owner. The next run removes the folder of a killed run
 * when it is provably one of ours.
 */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GapwatchError } from '../../core/errors.ts';
import { whoCanWrite } from '../../files/who-can-write.ts';
import { isAlive } from './process-tree.ts';

/** Size of `html/big.bin`, a sparse file for slow readers: more than the kernel buffers of both ends. */
const BIG_FILE_BYTES = 64 * 1024 * 1024;
const NAME = /^gapwatch-lab-(\d+)-(\d+)-/;

/** A pid is valid only in its PID namespace, and containers may share the temp folder. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** A folder of our user, in a place where no other user could have created it, from a process that has ended. */
function isAbandoned(path: string, name: string, namespace: string): boolean {
  const [, owner, madeIn] = NAME.exec(name) ?? [];
  if (owner === undefined || madeIn !== namespace || isAlive(Number(owner))) return false;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true || stat.uid !== process.geteuid?.()) return false;
  return whoCanWrite(path) === null;
}

function sweep(folder: string, namespace: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (isAbandoned(path, name, namespace)) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Creates the folder with `logs`, `temp` and `html`. Throws GapwatchError USAGE when the temp folder belongs to another
 * user, who could replace what runs from it.
 */
export function makePrefix(): string {
  const namespace = pidNamespace();
  sweep(tmpdir(), namespace);
  const prefix = mkdtempSync(join(tmpdir(), `gapwatch-lab-${process.pid}-${namespace}-`));
  const exposure = whoCanWrite(prefix);
  if (exposure !== null) {
    rmSync(prefix, { recursive: true });
    throw new GapwatchError('USAGE', `no nginx is run in ${tmpdir()}: ${exposure.path} ${exposure.because}`, {
      hint: 'Set TMPDIR to a folder that only this user can write, or to /tmp.',
    });
  }
  for (const folder of ['logs', 'html', 'temp']) mkdirSync(join(prefix, folder), { mode: 0o700 });
  writeFileSync(join(prefix, 'html', 'index.html'), 'hello\n');
  writeFileSync(join(prefix, 'html', 'big.bin'), '');
  truncateSync(join(prefix, 'html', 'big.bin'), BIG_FILE_BYTES);
  return prefix;
}

/** Workers of another user get access by their group, and no other user does. Files keep their owner. */
export function openPrefixToWorkers(prefix: string, gid: number): void {
  for (const folder of ['.', 'logs', 'temp', 'html']) {
    chownSync(join(prefix, folder), -1, gid);
    chmodSync(join(prefix, folder), folder === 'html' ? 0o750 : 0o710);
  }
  for (const name of readdirSync(join(prefix, 'html'))) chmodSync(join(prefix, 'html', name), 0o644);
}

/** Makes readable what an nginx of another user must read, and gives that user what it must write. */
export function openPrefixTo(prefix: string, uid: number): void {
  chmodSync(prefix, 0o711);
  chmodSync(join(prefix, 'html'), 0o755);
  for (const file of ['nginx.conf', 'html/index.html', 'html/big.bin']) chmodSync(join(prefix, file), 0o644);
  for (const folder of ['logs', 'temp']) chownSync(join(prefix, folder), uid, uid);
}
