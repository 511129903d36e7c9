/**
 * Reads files that control gapwatch: configuration, patterns and secrets. They, their folders and their links must belong
 * to root, or to our user when that is not root. Refuses any other file, with the command that fixes it.
 */
import { accessSync, closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import { commandLine } from '../core/shell.ts';
import { descriptorIn } from './descriptor-path.ts';
import { pathOfDescriptor, type Walk, walk } from './walk.ts';
import { allExposures, type Exposure, strictnessOfOurUser } from './who-can-write.ts';

const SAFE_FOLDER = '/etc/gapwatch';
const isRoot = (): boolean => process.geteuid?.() === 0;

/** A volume of Kubernetes is a folder of mode 0777 on a read-only mount. */
function isReadOnlyMount(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

/** As root not even a sticky folder will do: with a hard link others can put any file of root's into it. */
function exposuresOf({ hops, path, stat }: Walk): Exposure[] {
  const strictness = strictnessOfOurUser();
  const parent = hops.findLast((hop) => hop.path === dirname(path));
  const own = isRoot() && stat.isFile() && parent !== undefined ? allExposures([parent], strictness) : [];
  const seen = new Set<string>();
  return [...allExposures(hops, strictness), ...own].filter(({ path: where, mend }) => {
    const line = mend.join('\0');
    const isNew = !seen.has(line);
    seen.add(line);
    return isNew && !(mend[0] === 'chmod' && isReadOnlyMount(where));
  });
}

/** Throws GapwatchError CONFIG when others could have written it. `what`: `the config file`. */
function requireTrust(walked: Walk, path: string, what: string): void {
  const exposures = exposuresOf(walked);
  const [first] = exposures;
  if (first === undefined) return;
  const mend = exposures.map((exposure) => commandLine(exposure.mend)).join(' && ');
  const target = `${SAFE_FOLDER}/${basename(path)}`;
  const move = commandLine(['install', '-D', '-m', '0600', '-o', 'root', '-g', 'root', path, target]);
  const user = isRoot() ? 'root' : 'this user';
  throw new GapwatchError('CONFIG', `${what} ${path} is not believed as ${user}: ${first.path} ${first.because}`, {
    hint: isRoot() && walked.stat.isFile() ? `${mend}\n  or move it where only root writes: ${move}` : mend,
  });
}

function readAtMost(fd: number, maxBytes: number): string {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (let got = 1; got > 0 && length < buffer.length; length += got) {
    got = readSync(fd, buffer, length, buffer.length - length, null);
  }
  if (length > maxBytes) throw Object.assign(new Error(`is longer than ${maxBytes} bytes`), { code: 'EFBIG' });
  return buffer.toString('utf8', 0, length);
}

/** Throws GapwatchError CONFIG when the file is not to be believed, and otherwise the error of open(2) or EFBIG. */
export function readTrustedFile(path: string, what: string, maxBytes: number): string {
  const descriptor = descriptorIn(path);
  if (descriptor !== null) return readFileSync(descriptor, 'utf8').slice(0, maxBytes);
  const walked = walk(resolve(path));
  try {
    if (!walked.stat.isFile()) throw Object.assign(new Error('is not a regular file'), { code: 'EPERM' });
    requireTrust(walked, path, what);
    const fd = openSync(pathOfDescriptor(walked.fd), constants.O_RDONLY | constants.O_NOCTTY);
    try {
      return readAtMost(fd, maxBytes);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(walked.fd);
  }
}

/** Throws GapwatchError CONFIG when others could change what is in the folder, and otherwise the error of open(2). */
export function requireTrustedFolder(path: string, what: string): void {
  const walked = walk(resolve(path));
  closeSync(walked.fd);
  requireTrust(walked, path, what);
}

/** The names in a folder. Throws as `readTrustedFile`. */
export function listTrustedFolder(path: string, what: string): string[] {
  const walked = walk(resolve(path));
  try {
    if (walked.stat.isDirectory()) requireTrust(walked, path, what);
    return readdirSync(pathOfDescriptor(walked.fd));
  } finally {
    closeSync(walked.fd);
  }
}

/** Who besides its owner can read it: the mode and the line that mends it; null when no one can. */
export function whoCanRead(path: string): { readonly mode: string; readonly mend: string } | null {
  if (descriptorIn(path) !== null) return null;
  const { fd, stat } = walk(resolve(path));
  closeSync(fd);
  if ((stat.mode & 0o044n) === 0n) return null;
  return { mode: `0${(stat.mode & 0o777n).toString(8)}`, mend: commandLine(['chmod', 'go-rwx', path]) };
}
