/**
 * Reads from the network namespace of nginx. /proc/PID/net always shows that namespace; sysctls and `ss` show the caller's,
 * so for a container they run through nsenter.
 */
import type { CommandResult, Host } from './host.ts';

export interface NetNamespace {
  /** True when nginx shares the namespace of this process. */
  readonly own: boolean;
  /** Values of sysctls such as `net/core/somaxconn`, in order; null for one that cannot be read. */
  sysctls(names: readonly string[], signal: AbortSignal): Promise<(string | null)[]>;
  /** Runs a system tool inside the namespace. */
  run(tool: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult>;
}

export async function netNamespaceOf(host: Host, pid: number | null): Promise<NetNamespace> {
  const [mine] = await host.links(['/proc/self/ns/net']);
  // Unreadable without privileges: then the same one is by far the likeliest.
  const [theirs = null] = await host.links([`/proc/${pid ?? 'self'}/ns/net`]).catch(() => []);
  const own = theirs === null || mine === theirs;
  async function run(tool: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
    const file = host.tool(tool);
    if (file === null) return { ok: false, reason: 'absent', detail: `${tool} is not installed` };
    if (own) return host.run(file, args, signal);
    const nsenter = host.tool('nsenter');
    if (nsenter === null) {
      return {
        ok: false,
        reason: 'absent',
        detail: 'nginx runs in another network namespace and nsenter is not installed',
      };
    }
    return host.run(nsenter, ['-t', String(pid), '-n', file, ...args], signal);
  }
  async function sysctl(name: string, signal: AbortSignal): Promise<string | null> {
    if (own) return host.readText(`/proc/sys/${name}`).then(trimmed, () => null);
    const seen = await run('cat', [`/proc/sys/${name}`], signal);
    return seen.ok ? trimmed(seen.stdout) : null;
  }
  return { own, run, sysctls: (names, signal) => Promise.all(names.map((name) => sysctl(name, signal))) };
}

function trimmed(text: string): string {
  return text.trim();
}
