/** The user of the workers of a lab nginx that root starts. */
import { readFileSync } from 'node:fs';

export interface WorkerUser {
  readonly name: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

const NAMES = ['nobody', 'www-data'] as const;
/** Bits of linux/capability.h. Without SYS_PTRACE root cannot see the open files of another user's process. */
const NEEDED = { CHOWN: 0n, SETGID: 6n, SETUID: 7n, SYS_PTRACE: 19n } as const;

const rowsOf = (path: string, separator: string | RegExp): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(separator));

function isCapable(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([\da-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return Object.values(NEEDED).every((bit) => ((effective >> bit) & 1n) === 1n);
}

/** A user namespace may not map every id. */
const isMapped = (id: number, map: 'uid_map' | 'gid_map'): boolean =>
  rowsOf(`/proc/self/${map}`, /\s+/).some(
    ([first = '', , count = '']) => Number(first) <= id && id < Number(first) + Number(count),
  );

function lookUp(name: string): WorkerUser | null {
  const row = rowsOf('/etc/passwd', ':').find(([known]) => known === name);
  const [uid, gid] = [Number(row?.[2]), Number(row?.[3])];
  const group = rowsOf('/etc/group', ':').find(([, , id]) => id !== '' && Number(id) === gid)?.[0];
  if (row === undefined || group === undefined || !(uid > 0)) return null;
  return isMapped(uid, 'uid_map') && isMapped(gid, 'gid_map') ? { name, group, uid, gid } : null;
}

/**
 * Null: workers run as the user of this process, which is not root, or is root without the capabilities to observe
 * another user.
 */
export function workerUser(): WorkerUser | null {
  try {
    if (process.getuid?.() !== 0 || !isCapable()) return null;
    for (const name of NAMES) {
      const found = lookUp(name);
      if (found !== null) return found;
    }
  } catch {
    // A machine without these files has no such user.
  }
  return null;
}
