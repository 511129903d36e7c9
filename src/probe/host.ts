/**
 * The interface to the host for all probes: /proc, sockets, commands. It is read-only. Methods reject with Node's errno
 * errors, which `failure.ts` converts to values. Tests pass in recorded bytes.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdir,
  readdirSync,
  readFile,
  readFileSync,
  readlinkSync,
  readSync,
  stat,
  statfs,
} from 'node:fs';
import { connect as connectTcp, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { createSteadyClock, type SteadyClock } from '../core/clock.ts';
import type { ProbeFailure } from '../core/sample.ts';
import { withSocketPath } from '../files/read-file.ts';
import { isOutOfDescriptors, withSpare } from '../files/spare.ts';
import { whoCanWrite } from '../files/who-can-write.ts';
import { failureOf } from './failure.ts';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly kind: 'unix'; readonly path: string; readonly tls: boolean };

export type CommandResult =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly reason: ProbeFailure; readonly detail: string };

export interface Host extends Pick<SteadyClock, 'now' | 'monotonicMs' | 'aheadMs' | 'movedMs'> {
  /** A whole small file. */
  readText(path: string): Promise<string>;
  /** Hands over a file piece by piece until `onBytes` answers false; the bytes are valid during the call only. */
  scan(path: string, onBytes: (bytes: Buffer) => boolean, signal: AbortSignal): Promise<void>;
  list(directory: string): Promise<string[]>;
  /**
   * Targets of symbolic links; null for one that does not exist (a descriptor closed meanwhile). Rejects when the right to
   * read one is missing: proc(5) lets root without CAP_SYS_PTRACE list the descriptors of a process and not read them.
   */
  links(paths: readonly string[]): Promise<(string | null)[]>;
  stat(path: string): Promise<{ readonly sizeBytes: number; readonly device: number }>;
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** Absolute path of a system tool that only root and we could have put there; null when there is none. Never searches PATH. */
  tool(name: string): string | null;
  /** Runs an absolute path without a shell. Never rejects. */
  run(file: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult>;
  /** Starts to connect; the socket emits `connect` (`secureConnect` for TLS) or `error`. */
  connect(address: Address): Socket;
}

const SYSTEM_DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin'];
/** seq_file hands out a page at a time, a larger buffer would not be filled (fs/seq_file.c seq_read_iter). */
const PAGE_BYTES = 4096;
/** How long a run of system calls may keep the event loop. */
const SLICE_MS = 8;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

const readFileText = promisify(readFile);
const readDirectory = promisify(readdir);
const statPath = promisify(stat);
const statFileSystem = promisify(statfs);

/** Without a clock the system's own, for samples that are not compared across a clock step. */
export function createHost(clock: SteadyClock = createSteadyClock()): Host {
  return {
    now: clock.now,
    monotonicMs: clock.monotonicMs,
    aheadMs: clock.aheadMs,
    movedMs: clock.movedMs,
    readText: (path) => orWithSpare(readFileText(path, 'utf8'), () => readFileSync(path, 'utf8')),
    scan,
    list: (directory) => orWithSpare(readDirectory(directory), () => readdirSync(directory)),
    links,
    async stat(path) {
      const { size, dev } = await statPath(path);
      return { sizeBytes: size, device: dev };
    },
    async space(path) {
      const { bsize, bavail, blocks } = await statFileSystem(path);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    },
    tool: (name) =>
      SYSTEM_DIRECTORIES.map((directory) => `${directory}/${name}`).find(
        (file) => existsSync(file) && whoCanWrite(file, { sticky: 'refuse' }) === null,
      ) ?? null,
    run,
    connect,
  };
}

/** Out of descriptors, the same again at once: a spare one is free for no longer than a synchronous call. */
function orWithSpare<T>(reading: Promise<T>, again: () => T): Promise<T> {
  return reading.catch((error: unknown) => {
    if (!isOutOfDescriptors(error)) throw error;
    return withSpare(again);
  });
}

/** Reads of /proc never wait for a disk, and a thread-pool hop costs ten times the read: so synchronous, in slices. */
async function scan(path: string, onBytes: (bytes: Buffer) => boolean, signal: AbortSignal): Promise<void> {
  const buffer = Buffer.allocUnsafe(PAGE_BYTES);
  const file = withSpare(() => openSync(path, 'r'));
  try {
    let sliceEnd = performance.now() + SLICE_MS;
    for (;;) {
      const count = readSync(file, buffer, 0, PAGE_BYTES, null);
      if (count === 0 || !onBytes(buffer.subarray(0, count))) return;
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      signal.throwIfAborted();
      sliceEnd = performance.now() + SLICE_MS;
    }
  } finally {
    closeSync(file);
  }
}

async function links(paths: readonly string[]): Promise<(string | null)[]> {
  const targets: (string | null)[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const path of paths) {
    targets.push(linkOrNull(path));
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return targets;
}

function linkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return null;
  }
}

function run(file: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { signal, maxBuffer: MAX_OUTPUT_BYTES, env: { LC_ALL: 'C' } };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, stdout });
      else
        resolve({ ok: false, ...failureOf(error), ...(stderr === '' ? {} : { detail: stderr.trim().slice(0, 300) }) });
    });
  });
}

/**
 * A status page on loopback commonly carries the certificate of its public name. A server that asks for one handshake
 * after the other is hung up on.
 */
const TLS = { rejectUnauthorized: false, secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;

function connect(address: Address): Socket {
  if (address.kind === 'unix') return connectUnix(address.path, address.tls);
  const where = { host: address.host, port: address.port };
  return address.tls ? connectTls({ ...where, ...TLS }) : connectTcp(where);
}

/** A socket in a container is reached by descriptor, or a link there would lead to a socket of the host. */
function connectUnix(path: string, tls: boolean): Socket {
  try {
    return withSocketPath(path, (reached) =>
      tls ? connectTls({ path: reached, ...TLS }) : connectTcp({ path: reached }),
    );
  } catch (error) {
    return new Socket().destroy(error as Error);
  }
}
