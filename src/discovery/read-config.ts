/**
 * Reads the configuration of one nginx from its files. It does not run `nginx -T`, which loads modules and creates folders
 * and an empty pid file. The result is the same (test/discovery/same-as-dump.test.ts).
 */
import type { NotObservable } from '../core/diagnosis.ts';
import type { ConfigLimits } from '../nginx/config-budget.ts';
import { type ConfigTree, parseConfig, parseFragment } from '../nginx/config-tree.ts';
import { type Build, readBuild } from './build.ts';
import { diskReader } from './config-files.ts';
import type { DiscoveryHost } from './host.ts';
import type { StartOptions } from './master-title.ts';
import { buildUnknown, configCut, configInvalid, configUnreadable } from './sentences.ts';
import { BUILD_TEXTS } from './trust.ts';

/** What is read and where: a running master, or an nginx that could be started. */
export interface ConfigTarget {
  /** The executable whose built-in paths count: `/proc/PID/exe`, or a path; null when none is known. */
  readonly executable: string | null;
  readonly options: Omit<StartOptions, 'command'>;
  readonly root: string;
  /** What reading may cost; default: CONFIG_LIMITS. */
  readonly limits?: ConfigLimits | undefined;
}

export interface ConfigRead {
  readonly tree: ConfigTree | null;
  /** `live`: whole, with the built-in paths of its binary; `files`: something of it is guessed or missing. */
  readonly origin: 'live' | 'files';
  readonly build: Build;
  readonly configFile: string;
  readonly prefix: string;
  readonly notObservable: readonly NotObservable[];
}

const USUAL_CONFIGS = [
  '/etc/nginx/nginx.conf',
  '/usr/local/nginx/conf/nginx.conf',
  '/usr/local/openresty/nginx/conf/nginx.conf',
];

/** Directives of `-g` count as if they stood before the main file. */
function withGlobals(tree: ConfigTree, globals: string | null): ConfigTree {
  if (globals === null) return tree;
  return { ...tree, nodes: [...parseFragment(globals, '-g').nodes, ...tree.nodes] };
}

const join = (prefix: string, path: string): string => (path.startsWith('/') ? path : prefix + path);

interface BuildRead {
  readonly build: Build;
  readonly isKnown: boolean;
  readonly missing: readonly NotObservable[];
}

/** `nginx -V` prints these texts; they are in the binary as they are printed. */
function buildOf(host: DiscoveryHost, executable: string | null): BuildRead {
  if (executable === null) return { build: readBuild(''), isKnown: false, missing: [] };
  const found = host.texts(executable, BUILD_TEXTS);
  const texts = 'texts' in found ? found.texts.filter((text) => text !== null) : [];
  const isKnown = texts.some((text) => text.startsWith('configure arguments:'));
  const because = 'failure' in found ? found.failure : 'it holds no configure arguments';
  return {
    build: readBuild(texts.join('\n')),
    isKnown,
    missing: isKnown ? [] : [buildUnknown(executable, because)],
  };
}

/** Problems listed one by one: each appears in every diagnosis. */
const MOST_PROBLEMS = 10;

function problemsOf({ problems, cut }: ConfigTree): readonly NotObservable[] {
  const faults = problems.filter((problem) => problem !== cut);
  const told = faults
    .slice(0, MOST_PROBLEMS)
    .map(({ file, line, message }) =>
      message.startsWith('open() ')
        ? configUnreadable(`${file}:${line}`, message)
        : configInvalid(message, `${file}:${line}`),
    );
  const more = faults[MOST_PROBLEMS];
  const rest = more && configInvalid(`${faults.length - MOST_PROBLEMS} more problems`, `${more.file}:${more.line}`);
  return [...told, ...(rest === undefined ? [] : [rest]), ...(cut === null ? [] : [configCut(cut)])];
}

export function readConfig(host: DiscoveryHost, target: ConfigTarget): ConfigRead {
  const { options, root } = target;
  const { build, isKnown, missing } = buildOf(host, target.executable);
  const prefix = options.prefix === null ? build.prefix : `${options.prefix.replace(/\/$/, '')}/`;
  const usual = USUAL_CONFIGS.find((path) => host.stat(root + path) !== null);
  const configFile = join(prefix, options.config ?? (isKnown ? build.configFile : (usual ?? build.configFile)));
  const common = { build, prefix, configFile };
  const main = host.read(root + configFile);
  if ('failure' in main) {
    const notObservable = [...missing, configUnreadable(configFile, main.failure)];
    return { ...common, tree: null, origin: 'files', notObservable };
  }
  const tree = withGlobals(parseConfig(configFile, diskReader(host, root), target.limits), options.globals);
  const notObservable = [...missing, ...problemsOf(tree)];
  return { ...common, tree, origin: notObservable.length === 0 ? 'live' : 'files', notObservable };
}
