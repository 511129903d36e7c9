/** Counts the workers of `worker_processes auto`: the value of sysconf(_SC_NPROCESSORS_ONLN) for that nginx. */
import type { DiscoveryHost } from './host.ts';

/** Length of a kernel list such as `0-3,8`. */
function countList(text: string): number {
  let count = 0;
  for (const range of text.trim().split(',')) {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    count += last - first + 1;
  }
  return count;
}

/** glibc counts the CPUs that are online, musl those the process may run on; null when /proc and /sys do not tell. */
export function cpusFor(host: DiscoveryHost, pid: number | null): number | null {
  const maps = pid === null ? null : host.read(`/proc/${pid}/maps`);
  const isMusl = maps !== null && 'text' in maps && maps.text.includes('/ld-musl-');
  const status = isMusl ? host.read(`/proc/${pid}/status`) : { failure: '' };
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec('text' in status ? status.text : '')?.[1];
  const online = host.read('/sys/devices/system/cpu/online');
  const count = countList(allowed ?? ('text' in online ? online.text : ''));
  return Number.isInteger(count) && count > 0 ? count : null;
}
