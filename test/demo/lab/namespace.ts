/**
 * Builds the command that runs a scenario in a private network namespace. Some failures affect the whole network stack
 * (ports, routes, IPv6), and the machine's stack must stay untouched. nginx, clients and the service run inside
 * together.
 */
import type { NamespacePlan } from '../../../src/demo/lab/scenario.ts';

/**
 * The command line that runs `command` in a new network namespace as `plan` describes. Needs root, `unshare` and `ip`.
 */
export function inNamespace(plan: NamespacePlan, command: readonly string[]): string[] {
  const sysctls = Object.entries(plan.sysctls).map(
    ([name, value]) => `echo ${quote(value)} > /proc/sys/${name.replaceAll('.', '/')}`,
  );
  const script = ['ip link set lo up', ...sysctls, ...(plan.setUp ?? []), 'exec "$@"'].join(' && ');
  return ['unshare', '--net', 'sh', '-c', script, 'sh', ...command];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
