/**
 * Resolves a path one component at a time and holds each by descriptor, as openat2(2) with RESOLVE_IN_ROOT does. The file
 * that was checked is the file that is opened, even when a link is replaced meanwhile. No link leaves `root`.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';

/** One component that was passed: a folder, a symbolic link, or the file at the end. */
export interface Hop {
  /** As seen from `root`. */
  readonly path: string;
  readonly stat: BigIntStats;
}

export interface Walk {
  /** Opened with O_PATH: it names the file and allows fstat(2), but no reading. The caller closes it. */
  readonly fd: number;
  readonly stat: BigIntStats;
  /** The path that was reached, without links, as seen from `root`. */
  readonly path: string;
  /** Everything that was passed on the way, `/` first and the end last. */
  readonly hops: readonly Hop[];
}

/** include/uapi/asm-generic/fcntl.h; the same on x86-64 and arm64. Node does not export it. */
export const O_PATH = 0o10000000;
/** fs/namei.c MAXSYMLINKS */
const MAX_LINKS = 40;
const MAX_COMPONENTS = 4096;

/** The path of a descriptor of this process, which open(2), connect(2) and execve(2) take for the file itself. */
export const pathOfDescriptor = (fd: number): string => `/proc/self/fd/${fd}`;

function fileError(code: string, path: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}, open '${path}'`), { code, syscall: 'open', path });
}

/** The folders from the root to the place reached so far, each held open. */
class Chain {
  readonly #held: { readonly fd: number; readonly name: string }[] = [];

  push(fd: number, name: string): void {
    this.#held.push({ fd, name });
  }

  /** `..` of the root is the root. */
  up(): void {
    if (this.#held.length > 1) closeSync(this.#held.pop()?.fd ?? -1);
  }

  toRoot(): void {
    while (this.#held.length > 1) this.up();
  }

  get fd(): number {
    return this.#held.at(-1)?.fd ?? -1;
  }

  pathOf(name: string): string {
    return `/${[...this.#held.slice(1).map((one) => one.name), name].filter((part) => part !== '').join('/')}`;
  }

  /** Takes the last folder out, so that it stays open. */
  take(): number {
    return this.#held.pop()?.fd ?? -1;
  }

  close(): void {
    for (const { fd } of this.#held.splice(0)) closeSync(fd);
  }
}

const componentsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * Resolves `path` (absolute) below `root`. Throws the error of open(2): ENOENT, ENOTDIR, EACCES, ELOOP. With
 * `followLast: false` a link at the end is the result itself.
 */
export function walk(path: string, { root = '/', followLast = true } = {}): Walk {
  if (path.includes('\0')) throw fileError('ENOENT', path, 'a name cannot hold a NUL byte');
  const chain = new Chain();
  const hops: Hop[] = [];
  const pending = componentsOf(path);
  let links = 0;
  try {
    chain.push(openSync(root, O_PATH | constants.O_DIRECTORY), '');
    hops.push({ path: '/', stat: fstatSync(chain.fd, { bigint: true }) });
    for (let passed = 0; pending.length > 0; passed += 1) {
      if (passed > MAX_COMPONENTS) throw fileError('ENAMETOOLONG', path, 'path has too many components');
      const name = pending.shift() ?? '';
      if (name === '..') {
        chain.up();
        continue;
      }
      const spot = `${pathOfDescriptor(chain.fd)}/${name}`;
      const fd = openSync(spot, O_PATH | constants.O_NOFOLLOW);
      const stat = fstatSync(fd, { bigint: true });
      hops.push({ path: chain.pathOf(name), stat });
      if (stat.isSymbolicLink() && (pending.length > 0 || followLast)) {
        closeSync(fd);
        links += 1;
        if (links > MAX_LINKS) throw fileError('ELOOP', path, 'too many symbolic links encountered');
        // If the link was replaced since, its new target is resolved by the same rules.
        const target = readlinkSync(spot);
        if (target.startsWith('/')) chain.toRoot();
        pending.unshift(...componentsOf(target));
      } else if (stat.isDirectory()) {
        chain.push(fd, name);
      } else {
        if (pending.length > 0) {
          closeSync(fd);
          throw fileError('ENOTDIR', path, 'not a directory');
        }
        return { fd, stat, path: chain.pathOf(name), hops };
      }
    }
    const stat = fstatSync(chain.fd, { bigint: true });
    const reached = chain.pathOf('');
    return { fd: chain.take(), stat, path: reached, hops };
  } finally {
    chain.close();
  }
}
