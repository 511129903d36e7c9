/** Finds and signals the processes that the lab started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Children of a process, oldest first; empty when it has ended. */
export function childrenOf(pid: number): number[] {
  const words = existsSync('/proc/self/stat') ? childrenFile(pid) : spawnSync('pgrep', ['-P', `${pid}`]).stdout;
  return words
    .toString()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}

function childrenFile(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/status`) || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The session of a process (proc_pid_stat(5), field 6); null when it has ended, or without /proc. */
function sessionOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(session);
  } catch {
    return null;
  }
}

/**
 * Whether a running process belongs to the session that `leader` started. No process can join the session of another,
 * so a reused pid is not taken for one of ours.
 */
export function isOfSession(pid: number, leader: number): boolean {
  return sessionOf(pid) === leader;
}

/** All running members. Without /proc: the leader and its children. */
export function membersOf(leader: number): number[] {
  if (!existsSync('/proc/self/stat')) return [leader, ...childrenOf(leader)].filter(isAlive);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isOfSession(pid, leader));
}

/** Sends a signal. A process that has ended is not an error. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
