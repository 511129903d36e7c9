/** The few things the lab must know and do about processes it started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Children of a process, oldest first; empty when it is gone. */
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

/** Sends a signal; a process that is already gone is no error. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
