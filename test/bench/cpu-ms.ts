import { readFileSync } from 'node:fs';

/** USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

/** User and system time that a process has used. */
export function cpuMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}
