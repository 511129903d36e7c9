/** The configuration of one nginx: asked of its own binary (`-T`), else read from the files, else not at all. */

import type { NotObservable } from '../core/diagnosis.ts';
import { commandLine } from '../core/shell.ts';
import { type ConfigTree, parseConfig, parseDump, parseFragment } from '../nginx/config-tree.ts';
import { type Build, readBuild } from './build.ts';
import { diskReader } from './config-files.ts';
import type { CommandOutput, DiscoveryHost } from './host.ts';
import type { StartOptions } from './master-title.ts';
import { configInvalid, configUnreadable, dumpDenied, dumpFailed } from './sentences.ts';

/** What to ask and where: a running master, or an nginx that could be started. */
export interface ConfigTarget {
  readonly pid: number | null;
  readonly binary: string | null;
  readonly binaryGone: boolean;
  readonly options: Omit<StartOptions, 'command'>;
  readonly cwd: string;
  readonly root: string;
}

export interface ConfigRead {
  readonly tree: ConfigTree | null;
  readonly origin: 'live' | 'files';
  readonly build: Build;
  readonly configFile: string;
  readonly prefix: string;
  readonly notObservable: readonly NotObservable[];
}

const TIMEOUT_MS = 10_000;
const NSENTER = '/usr/bin/nsenter';
const CHROOT = '/usr/sbin/chroot';
const USUAL_CONFIGS = [
  '/etc/nginx/nginx.conf',
  '/usr/local/nginx/conf/nginx.conf',
  '/usr/local/openresty/nginx/conf/nginx.conf',
];

function startArguments({ config, prefix, errorLog, globals }: ConfigTarget['options']): readonly string[] {
  const pairs = [
    ['-c', config],
    ['-p', prefix],
    ['-e', errorLog],
    ['-g', globals],
  ] as const;
  return pairs.flatMap(([letter, value]) => (value === null ? [] : [letter, value]));
}

interface Asked {
  readonly command: string;
  readonly output: CommandOutput;
}

/** A binary that was replaced is still there as /proc/PID/exe; one in a container needs that container's files. */
async function ask(host: DiscoveryHost, target: ConfigTarget): Promise<Asked | null> {
  const { binary, binaryGone, pid, root, cwd } = target;
  if (binary === null) return null;
  const args = ['-V', '-T', ...startArguments(target.options)];
  const command = commandLine([binary, ...args]);
  const inMountNamespace = root !== '' && host.link(`/proc/${pid}/ns/mnt`) !== host.link('/proc/self/ns/mnt');
  const file = binaryGone && root === '' && pid !== null ? `/proc/${pid}/exe` : binary;
  const [run, runArgs] = inMountNamespace
    ? [NSENTER, ['-t', String(pid), '-m', '-n', '-u', '-i', '--', binary, ...args]]
    : root !== ''
      ? [CHROOT, [root, binary, ...args]]
      : [file, args];
  const output = await host.run(run, runArgs, { cwd: root === '' ? cwd : '/', timeoutMs: TIMEOUT_MS });
  return { command: run === file ? command : commandLine([run, ...runArgs]), output };
}

/** `nginx: [emerg] …` at first; once the log of the configuration is open, as a line of the log. */
function refusal(stderr: string): string | undefined {
  const emerg = /^(?:nginx: \[emerg\]|\S+ \S+ \[emerg\] \d+#\d+:) (.*)$/m.exec(stderr);
  return (emerg ?? /^nginx: \[alert\] (.*)$/m.exec(stderr))?.[1];
}

/** Why `-T` gave no dump: refused rights, a configuration nginx itself refuses, or no such command. */
function whyNot({ command, output }: Asked): NotObservable {
  const emerg = refusal(output.stderr);
  if (emerg === undefined) {
    const because = output.failure ?? output.stderr.trim().split('\n').at(-1) ?? '';
    return /permission denied|not permitted/i.test(because)
      ? dumpDenied(command, because)
      : dumpFailed(command, because);
  }
  if (/\((1|13): /.test(emerg)) return dumpDenied(command, emerg);
  const place = / in (\S+:\d+)$/.exec(emerg)?.[1];
  return place === undefined ? dumpFailed(command, emerg) : configInvalid(emerg, place);
}

/** Directives of `-g` count as if they stood before the main file. */
function withGlobals(tree: ConfigTree, globals: string | null): ConfigTree {
  if (globals === null) return tree;
  return { ...tree, nodes: [...parseFragment(globals, '-g').nodes, ...tree.nodes] };
}

const join = (prefix: string, path: string): string => (path.startsWith('/') ? path : prefix + path);

export async function readConfig(host: DiscoveryHost, target: ConfigTarget): Promise<ConfigRead> {
  const asked = await ask(host, target);
  const said = asked?.output.stderr ?? '';
  const build = readBuild(said);
  const prefix = target.options.prefix === null ? build.prefix : `${target.options.prefix.replace(/\/$/, '')}/`;
  const usual = USUAL_CONFIGS.find((path) => host.stat(target.root + path) !== null);
  const builtIn = said.includes('configure arguments:') ? build.configFile : (usual ?? build.configFile);
  const configFile = join(prefix, target.options.config ?? builtIn);
  const common = { build, prefix, configFile };
  if (asked?.output.code === 0) {
    const tree = withGlobals(parseDump(asked.output.stdout), target.options.globals);
    return { ...common, tree, origin: 'live', notObservable: [] };
  }
  const missing = asked === null ? [] : [whyNot(asked)];
  const main = host.read(target.root + configFile);
  if ('failure' in main) {
    const notObservable = [...missing, configUnreadable(configFile, main.failure)];
    return { ...common, tree: null, origin: 'files', notObservable };
  }
  const tree = withGlobals(parseConfig(configFile, diskReader(host, target.root)), target.options.globals);
  const unread = tree.problems.filter((problem) => problem.message.startsWith('open() '));
  const notObservable = [...missing, ...unread.map((one) => configUnreadable(`${one.file}:${one.line}`, one.message))];
  return { ...common, tree, origin: 'files', notObservable };
}
