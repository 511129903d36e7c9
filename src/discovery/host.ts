/** The interface of discovery to the host. It is read-only and never throws: a failed read is a value. */
import { execFile } from 'node:child_process';
import { closeSync, constants } from 'node:fs';
import { findTexts } from '../files/find-texts.ts';
import {
  accessPath,
  FILE_REFUSED,
  linkTarget,
  listFolder,
  openFileToRead,
  readTextStart,
  realPath,
  statPath,
} from '../files/read-file.ts';
import { openTrustedProgram } from '../files/trusted-program.ts';
import { type Exposure, whoCanWrite } from '../files/who-can-write.ts';
import { type Controller, whatCouldBeRead, whoControls } from '../files/who-controls.ts';

export interface CommandOutput {
  /** Exit code; null when it could not be started or was killed at its timeout (then `failure` says which). */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure: string | null;
}

/** `failure` is in words of strerror (`Permission denied`), or a sentence when the file was refused. */
export type TextOrFailure = { readonly text: string; readonly isCut?: boolean } | { readonly failure: string };

/** Paths below `/proc/PID/root` are resolved inside that root by every method. */
export interface DiscoveryHost {
  /** Our own effective user id. */
  readonly uid: number;
  /** A regular file; of one that is longer than 16 MiB those, and `isCut`. */
  read(path: string): TextOrFailure;
  /** What a file begins with, at most `maxBytes`: a process title may be as long as its user likes. */
  head(path: string, maxBytes: number): TextOrFailure;
  /** The NUL-terminated texts of an executable that begin with one of `starts`, in the order of `starts`. */
  texts(
    executable: string,
    starts: readonly string[],
  ): { readonly texts: readonly (string | null)[] } | { readonly failure: string };
  /** Target of a symbolic link; null when it cannot be read. */
  link(path: string): string | null;
  list(path: string): { readonly names: readonly string[] } | { readonly failure: string };
  stat(path: string): {
    readonly kind: 'file' | 'directory' | 'other';
    readonly modifiedAtMs: number;
    /** `device:inode`. */
    readonly id: string;
    readonly uid: number;
    /** Permission bits. */
    readonly mode: number;
  } | null;
  can(path: string, what: 'read' | 'execute'): boolean;
  /** Why a file is not read although it could be opened, a sentence; null when it may be read, or cannot be opened. */
  refusal(path: string): string | null;
  /** Who besides root and ourselves controls a path of our own file system; null when no one does. */
  exposure(path: string): Exposure | null;
  /** The untrusted users who decide what a file says; null when unknown. */
  controllers(path: string): readonly Controller[] | null;
  /** Whether the controller could read the file himself, or owns the folder that it is in. */
  couldRead(path: string, who: Controller): 'file' | 'folder' | 'nothing';
  /** The folder of a path, without links; null when it cannot be entered. */
  folderOf(path: string): string | null;
  /** The resource that the kernel lacked for a read since the last call; null when it lacked nothing. */
  shortage(): string | null;
  /**
   * Runs an executable that no other user could have changed, without a shell and with no environment. Any other is
   * refused. Never rejects.
   */
  runTrusted(file: string, args: readonly string[], timeoutMs: number): Promise<CommandOutput>;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
};

/** The failures that are an answer: there is nothing (any more). Any other leaves open what is there. */
const GONE: readonly unknown[] = [WORDS.ENOENT, WORDS.ESRCH, WORDS.ENOTDIR];
/** More rights would help; these failures last. */
const DENIED: readonly unknown[] = [WORDS.EACCES, WORDS.EPERM];

export const isGone = ({ failure }: { readonly failure: string }): boolean => GONE.includes(failure);
export const isDenied = ({ failure }: { readonly failure: string }): boolean => DENIED.includes(failure);

/** Descriptors of this process, descriptors of the machine, memory (open(2)). */
const LACKED: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM'];
/** The limits are those of the process, and so is what ran into them. */
let lacked: string | null = null;

function shortage(): string | null {
  const found = lacked;
  lacked = null;
  return found;
}

function noteShortage(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  if (LACKED.includes(code)) lacked = message;
}

function failureOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  noteShortage(error);
  return WORDS[code ?? ''] ?? message;
}

/** The value, or null when the system call fails. */
function attempt<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    noteShortage(error);
    return null;
  }
}

function read(path: string): TextOrFailure {
  try {
    return readTextStart(path, MAX_FILE_BYTES);
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function head(path: string, maxBytes: number): TextOrFailure {
  try {
    return { text: readTextStart(path, maxBytes).text };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function list(path: string): { readonly names: readonly string[] } | { readonly failure: string } {
  try {
    return { names: listFolder(path) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function texts(executable: string, starts: readonly string[]): ReturnType<DiscoveryHost['texts']> {
  try {
    return { texts: findTexts(executable, starts) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function stat(path: string): ReturnType<DiscoveryHost['stat']> {
  const found = attempt(() => statPath(path));
  if (found === null) return null;
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
  return {
    kind,
    modifiedAtMs: Number(found.mtimeMs),
    id: `${found.dev}:${found.ino}`,
    uid: Number(found.uid),
    mode: Number(found.mode) & 0o7777,
  };
}

function refusal(path: string): string | null {
  try {
    closeSync(openFileToRead(path).fd);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    noteShortage(error);
    return code === FILE_REFUSED ? message : null;
  }
}

function exposure(path: string): Exposure | null {
  try {
    return whoCanWrite(path, { sticky: 'refuse' });
  } catch (error) {
    return { path, because: `cannot be judged (${failureOf(error)})`, mend: [] };
  }
}

/** Executed through its descriptor, so that the file that was judged is the file that runs. */
function runTrusted(file: string, args: readonly string[], timeoutMs: number): Promise<CommandOutput> {
  const nothing = { code: null, stdout: '', stderr: '' };
  let fd: number;
  try {
    fd = openTrustedProgram(file);
  } catch (error) {
    return Promise.resolve({ ...nothing, failure: failureOf(error) });
  }
  return new Promise((resolve) => {
    const options = {
      cwd: '/',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      env: { LC_ALL: 'C' },
    } as const;
    execFile(`/proc/${process.pid}/fd/${fd}`, args, options, (error, stdout, stderr) => {
      closeSync(fd);
      const exited = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      const failure = exited !== null ? null : error?.killed ? `no answer within ${timeoutMs} ms` : failureOf(error);
      resolve({ code: exited, stdout, stderr, failure });
    });
  });
}

export function systemHost(): DiscoveryHost {
  return {
    uid: process.geteuid?.() ?? -1,
    read,
    head,
    texts,
    link: (path) => attempt(() => linkTarget(path)),
    list,
    stat,
    can: (path, what) =>
      attempt(() => accessPath(path, what === 'read' ? constants.R_OK : constants.X_OK) ?? true) ?? false,
    refusal,
    exposure,
    controllers: (path) => attempt(() => whoControls(path)),
    couldRead: (path, who) => attempt(() => whatCouldBeRead(path, who)) ?? 'nothing',
    folderOf: (path) => attempt(() => realPath(path.replace(/\/[^/]*$/, '') || '/')),
    shortage,
    runTrusted,
  };
}
