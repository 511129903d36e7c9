/** Runs a command to its end and tells what it took. */
import { spawnSync } from 'node:child_process';

export interface Timed {
  readonly seconds: number;
  readonly stdout: string;
}

const TELL_RSS = `data:text/javascript,process.on("exit",()=>process.stdout.write("peak-kib "+process.resourceUsage().maxRSS))`;

/** null when there is no such command here. Throws when it fails otherwise; exit code 1 is "nothing found". */
export function timed(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Timed | null {
  const before = process.hrtime.bigint();
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env, maxBuffer: 2 ** 26 });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return null;
  if (error !== undefined || status === null || status > 1) throw new Error(`${command} failed: ${error ?? stderr}`);
  return { seconds, stdout };
}

export function timedNode(args: readonly string[]): Timed {
  const run = timed(process.execPath, args);
  if (run === null) throw new Error('node is gone');
  return run;
}

/** In a run of its own: the one that tells takes longer to start. */
export function peakMibOfNode(args: readonly string[]): number {
  const { stdout } = timedNode(['--import', TELL_RSS, ...args]);
  return Number(/peak-kib (\d+)/.exec(stdout)?.[1] ?? Number.NaN) / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
