/** Runs a gapwatch command as a process of its own and measures it: what it printed, how long it took, its peak memory. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('\\npeak-kib=' + process.resourceUsage().maxRSS + '\\n'));",
)}`;

/**
 * V8 collects garbage when its heap limit is near, and without a limit when it likes: the peak would be luck. What does
 * not fit into this ends the command.
 */
const HEAP_MIB = 160;

export interface Measured {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly peakMiB: number;
  readonly ms: number;
}

export function measuredCommand(args: readonly string[], cwd: string, timeoutMs = 280_000): Measured {
  const startedAt = performance.now();
  const node = [`--max-old-space-size=${HEAP_MIB}`, '--import', REPORT_PEAK];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, BINARY, ...args], {
    encoding: 'utf8',
    cwd,
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  const peakKiB = Number(/peak-kib=(\d+)/.exec(stderr)?.[1] ?? Number.NaN);
  return { status, stdout, stderr, peakMiB: peakKiB / 1024, ms: performance.now() - startedAt };
}
