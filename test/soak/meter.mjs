/**
 * Loaded into the measured process with `node --import`: writes what it costs, a JSON line a second, to the file that
 * GAPWATCH_SOAK_METER names. CPU is the process's own, so a busy machine does not count; `blockedMs` is the longest time
 * within the second for which the event loop did not turn while this process used the CPU.
 */
import { openSync, writeSync } from 'node:fs';

const file = openSync(process.env.GAPWATCH_SOAK_METER ?? '/dev/null', 'a');
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const TURN_MS = 50;

let [turnedAt, turnedCpu] = [performance.now(), cpuMs()];
let [longestMs, blockedMs] = [0, 0];
setInterval(() => {
  const [now, cpu] = [performance.now(), cpuMs()];
  const late = Math.max(0, now - turnedAt - TURN_MS);
  longestMs = Math.max(longestMs, late);
  blockedMs = Math.max(blockedMs, Math.min(late, cpu - turnedCpu));
  [turnedAt, turnedCpu] = [now, cpu];
}, TURN_MS).unref();

setInterval(() => {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const mib = (bytes) => Math.round(bytes / 2 ** 17) / 8;
  const memory = { rss: mib(rss), heap: mib(heapUsed), external: mib(external), buffers: mib(arrayBuffers) };
  writeSync(file, `${JSON.stringify({ at: performance.now(), cpuMs: cpuMs(), longestMs, blockedMs, ...memory })}\n`);
  [longestMs, blockedMs] = [0, 0];
}, 1_000).unref();
