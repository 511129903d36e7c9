/**
 * Some failures belong to the whole network stack (ports, routes, IPv6). They are driven in a private network
 * namespace, so that the machine's own stack is never touched; nginx, clients and whoever watches run inside together.
 */
import type { NamespacePlan } from '../../../src/demo/lab/scenario.ts';

/** The words that run `command` in a new network namespace laid out as `plan` says. Needs root, `unshare` and `ip`. */
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
