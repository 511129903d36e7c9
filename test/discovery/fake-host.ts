/** A machine made of strings: files and links by path, answers by command. */
import type { CommandOutput, DiscoveryHost } from '../../src/discovery/host.ts';

export interface FakeMachine {
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Paths that exist but may not be read. */
  readonly forbidden?: readonly string[];
  readonly answers?: Readonly<Record<string, Partial<CommandOutput>>>;
  readonly uid?: number;
}

export function fakeHost({
  files = {},
  links = {},
  forbidden = [],
  answers = {},
  uid = 0,
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
    link: (path) => links[path] ?? null,
    list(path) {
      const base = path.endsWith('/') ? path : `${path}/`;
      const inside = paths
        .filter((one) => one.startsWith(base))
        .map((one) => one.slice(base.length).split('/')[0] ?? '');
      return { names: [...new Set(inside)] };
    },
    stat: (path) => (paths.includes(path) ? { kind: 'file', modifiedAtMs: 0 } : null),
    can: (path) => files[path] !== undefined && !forbidden.includes(path),
    async run(file, args) {
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
export function masterFiles(pid: number, title: string, startTicks: number): Record<string, string> {
  return {
    [`/proc/${pid}/cmdline`]: `nginx: master process ${title}\0`,
    [`/proc/${pid}/stat`]: `${pid} (nginx) S 1 ${'0 '.repeat(17)}${startTicks} 0`,
    [`/proc/${pid}/status`]: 'Name:\tnginx\nUid:\t0\t0\t0\t0\n',
  };
}
