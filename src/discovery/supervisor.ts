/** Finds the supervisor that starts nginx and sets its limits, a systemd unit or a container runtime, in /proc/PID/cgroup. */
import type { Supervisor } from '../audit/rule.ts';
import type { DiscoveryHost } from './host.ts';

const RUNTIMES: readonly (readonly [name: string, path: RegExp])[] = [
  ['kubernetes', /kubepods/],
  ['docker', /\/docker[-/]/],
  ['podman', /libpod/],
  ['containerd', /cri-containerd|\/containerd\//],
  ['cri-o', /crio-/],
  ['lxc', /\/lxc(\.payload)?[./]/],
];

/** Later ones win. */
const UNIT_FOLDERS = ['/lib/systemd/system', '/usr/lib/systemd/system', '/run/systemd/system', '/etc/systemd/system'];

type FileLimit = NonNullable<Supervisor['fileLimit']>;

function lastLimitIn(host: DiscoveryHost, file: string): FileLimit | null {
  const found = host.read(file);
  const lines = 'text' in found ? found.text.split('\n') : [];
  const index = lines.findLastIndex((line) => /^\s*LimitNOFILE\s*=/.test(line));
  const value = lines[index]?.split('=')[1]?.trim();
  return value === undefined ? null : { file, line: index + 1, value };
}

/** systemd takes one unit file and then the drop-ins of all folders by file name. */
function fileLimitOf(host: DiscoveryHost, unit: string): FileLimit | null {
  const base = UNIT_FOLDERS.map((folder) => `${folder}/${unit}`).findLast((file) => host.stat(file)?.kind === 'file');
  const dropIns = new Map<string, string>();
  for (const folder of UNIT_FOLDERS) {
    const found = host.list(`${folder}/${unit}.d`);
    for (const name of 'names' in found ? found.names : []) {
      if (name.endsWith('.conf')) dropIns.set(name, `${folder}/${unit}.d/${name}`);
    }
  }
  const inOrder = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  const files = [...(base === undefined ? [] : [base]), ...inOrder];
  return files.map((file) => lastLimitIn(host, file)).findLast((limit) => limit !== null) ?? null;
}

/** Null when it was started by hand, or when its cgroup does not tell. */
export function supervisorOf(host: DiscoveryHost, masterPid: number): Supervisor | null {
  const cgroup = host.read(`/proc/${masterPid}/cgroup`);
  if (!('text' in cgroup)) return null;
  const runtime = RUNTIMES.find(([, path]) => path.test(cgroup.text))?.[0];
  if (runtime !== undefined) return { kind: 'container', name: runtime, fileLimit: null };
  // In a container with a private cgroup namespace the path is `/`.
  if (host.stat(`/proc/${masterPid}/root/.dockerenv`) !== null)
    return { kind: 'container', name: 'docker', fileLimit: null };
  const unit = /\/([^/\n]+\.service)$/m.exec(cgroup.text)?.[1];
  return unit === undefined ? null : { kind: 'systemd', name: unit, fileLimit: fileLimitOf(host, unit) };
}
