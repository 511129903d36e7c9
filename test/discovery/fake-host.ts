/** A machine made of strings: files and links by path, answers by command. */
import type { CommandOutput, DiscoveryHost } from '../../src/discovery/host.ts';

export interface FakeMachine {
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Paths that exist but may not be read. */
  readonly forbidden?: readonly string[];
  readonly answers?: Readonly<Record<string, Partial<CommandOutput>>>;
  /** Texts inside executables, by path. */
  readonly executables?: Readonly<Record<string, readonly string[]>>;
  /** Owners of paths; root owns the rest. */
  readonly owners?: Readonly<Record<string, number>>;
  /** Paths that users besides root and us control. */
  readonly exposed?: readonly string[];
  readonly uid?: number;
  readonly modifiedAtMs?: Readonly<Record<string, number>>;
  /** Whether the namespaces of processes cannot be read; else those that no link names are ours. */
  readonly hidesNamespaces?: boolean;
}

export function fakeHost({
  files = {},
  links = {},
  forbidden = [],
  answers = {},
  executables = {},
  owners = {},
  exposed = [],
  uid = 0,
  modifiedAtMs = {},
  hidesNamespaces = false,
}: FakeMachine): DiscoveryHost & { readonly ran: string[] } {
  const ran: string[] = [];
  const paths = [...Object.keys(files), ...Object.keys(links), ...forbidden];
  return {
    ran,
    uid,
    read(path) {
      if (forbidden.includes(path)) return { failure: 'Permission denied' };
      const text = files[path];
      return text === undefined ? { failure: 'No such file or directory' } : { text };
    },
    head(path, maxBytes) {
      const found = this.read(path);
      return 'text' in found ? { text: found.text.slice(0, maxBytes) } : found;
    },
    link: (path) => links[path] ?? (hidesNamespaces || !/\/ns\/(mnt|net|user)$/.test(path) ? null : 'ours'),
    list(path) {
      const base = path.endsWith('/') ? path : `${path}/`;
      const inside = paths
        .filter((one) => one.startsWith(base))
        .map((one) => one.slice(base.length).split('/')[0] ?? '');
      return { names: [...new Set(inside)] };
    },
    texts(executable, starts) {
      const texts = executables[executable];
      if (texts === undefined) return { failure: 'Permission denied' };
      return { texts: starts.map((start) => texts.find((text) => text.startsWith(start)) ?? null) };
    },
    stat: (path) =>
      paths.includes(path)
        ? { kind: 'file', modifiedAtMs: modifiedAtMs[path] ?? 0, id: path, uid: owners[path] ?? 0, mode: 0o644 }
        : null,
    can: (path) => (files[path] ?? executables[path]) !== undefined && !forbidden.includes(path),
    refusal: () => null,
    exposure: (path) =>
      exposed.includes(path) ? { path, because: 'can be written by everybody (mode 0777)', mend: [] } : null,
    controllers: () => [],
    couldRead: () => 'file',
    folderOf: (path) => path.replace(/\/[^/]*$/, ''),
    shortage: () => null,
    async runTrusted(file, args) {
      const command = [file, ...args].join(' ');
      ran.push(command);
      const answer = answers[command];
      return {
        code: answer === undefined ? null : 0,
        stdout: '',
        stderr: '',
        failure: answer === undefined ? 'No such file or directory' : null,
        ...answer,
      };
    },
  };
}

/** /proc of one nginx master. */
export function masterFiles(pid: number, title: string, startTicks: number, uid = 0): Record<string, string> {
  return {
    [`/proc/${pid}/cmdline`]: `nginx: master process ${title}\0`,
    [`/proc/${pid}/stat`]: `${pid} (nginx) S 1 ${'0 '.repeat(17)}${startTicks} 0`,
    [`/proc/${pid}/status`]: `Name:\tnginx\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`,
  };
}
