/** The import table of src/README.md as data. A wrong import fails with its file and name. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
interface Rule {
  /** Modules besides itself and `core`. */
  readonly modules?: readonly string[];
  /** Packages and `node:` modules; `node:*` allows every built-in one. */
  readonly packages?: readonly string[];
  /** Files that may import what the module as a whole may not. */
  readonly exceptions?: Readonly<Record<string, readonly string[]>>;
}

/** The modules of one concern each: siblings, which `service`, `replay` and `discovery` join. */
const SIBLINGS = [
  'access',
  'audit',
  'checks',
  'diagnose',
  'digest',
  'discovery',
  'files',
  'findings',
  'incident',
  'match',
  'nginx',
  'probe',
  'slack',
  'store',
  'tail',
  'timeline',
];

/** A module inside another has a rule of its own, and counts as another module. */
const RULES: Readonly<Record<string, Rule>> = {
  core: {},
  nginx: {},
  files: { packages: ['node:*', 'yaml'] },
  tail: { modules: ['files', 'nginx'], packages: ['node:*', 'node-unix-socket', 'tail-file', 'zod'] },
  match: { modules: ['files', 'nginx'], packages: ['node:*', 'yaml', 'zod'] },
  access: { modules: ['nginx'] },
  probe: { modules: ['files', 'nginx'], packages: ['node:*', 'zod'] },
  timeline: { modules: ['nginx'] },
  findings: { modules: ['nginx'] },
  diagnose: { modules: ['findings', 'nginx'] },
  checks: { modules: ['findings', 'nginx'] },
  incident: {},
  audit: { modules: ['nginx'] },
  digest: { modules: ['nginx'], exceptions: { 'digest/chart.ts': ['node:*', 'echarts', '@resvg/resvg-js'] } },
  schedule: { modules: ['digest', 'slack', 'store'], packages: ['node-cron', 'zod'] },
  discovery: { modules: ['audit', 'files', 'nginx', 'probe'], packages: ['node:*', 'zod'] },
  store: { modules: ['files', 'nginx'], packages: ['node:*', 'libsql', 'zod'] },
  slack: { packages: ['node:*', '@slack/*', 'undici', 'zod'] },
  replay: {
    modules: [...SIBLINGS, 'replay/bundle', 'service'],
    packages: ['node:*', 'zod'],
  },
  'replay/bundle': { modules: ['files', 'nginx'], packages: ['node:*', 'zod', 'tar-stream'] },
  service: { modules: [...SIBLINGS, 'config', 'schedule'], packages: ['node:*', 'node-cron', 'zod'] },
  demo: { modules: [...SIBLINGS, 'config', 'demo/lab', 'service'], packages: ['node:*'] },
  'demo/lab': { modules: ['files'], packages: ['node:*'] },
  'demo/local-slack': { packages: ['node:*', 'ws', 'zod'] },
  config: { modules: ['files'], packages: ['node:*', 'fastest-levenshtein', 'yaml', 'zod'] },
  cli: {
    modules: [...SIBLINGS, 'config', 'demo', 'demo/lab', 'demo/local-slack', 'replay', 'replay/bundle', 'service'],
    packages: ['node:*', 'commander', 'pino', 'zod', 'cli-progress'],
  },
};

/** The schema of a sample is its type, so these files of core may import zod and nothing else. */
const DECLARES_SAMPLES = /^core\/(sample-kind|samples\/[\w-]+)\.ts$/;

const TINY_LINES = 15;
/** Files of folders that are scanned, each module's own schema, and the options of a file that is as long as it may be. */
const MAY_BE_TINY =
  /^(cli\/commands|demo\/lab\/scenarios)\/|(^|\/)config\.ts$|^tail\/follower\/lineage-options\.ts$|\.d\.ts$/;

/** Started as processes of their own, with arguments of their own. */
const OWN_PROCESS: ReadonlySet<string> = new Set(['demo/lab/frozen-backend.ts']);

/** Timers whose callback settles a promise, lets go of a socket or is the end anyway: what it throws ends nothing more. */
const RAW_TIMERS: ReadonlySet<string> = new Set([
  'tail/ticker.ts', // the seam; service/timers.ts guards what it starts
  'probe/create-probe.ts', // rejects the promise of a probe past its deadline
  'service/watch-once.ts', // resolves the end of the watch
  'cli/actions/run.ts', // ends the process, when a stop hangs
  'slack/connect/http-door.ts', // destroys a socket
  'slack/connect/patient-fetch.ts', // resolves a pause
]);
/** Scenarios and the local Slack of the demo. */
const DEMO_ONLY: ReadonlySet<string> = new Set(['demo/lab', 'demo/local-slack']);

interface Import {
  readonly file: string;
  readonly from: string;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'));
}

const text = (file: string): string => readFileSync(join(SRC, file), 'utf8');

function imports(): Import[] {
  const statement = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;
  return sourceFiles().flatMap((file) =>
    [...text(file).matchAll(statement)].map((match) => ({ file, from: match[1] ?? match[2] ?? '' })),
  );
}

const NESTED = Object.keys(RULES).filter((name) => name.includes('/'));
const moduleOf = (file: string): string =>
  NESTED.find((name) => file.startsWith(`${name}/`)) ?? file.split('/')[0] ?? '';

function allowsPackage(list: readonly string[], name: string): boolean {
  return list.some((entry) =>
    entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry || name.startsWith(`${entry}/`),
  );
}

function objection({ file, from }: Import): string | null {
  const own = moduleOf(file);
  const rule = RULES[own];
  if (rule === undefined) return `${file}: the folder ${own}/ has no rule`;
  if (!from.startsWith('.')) {
    const schemaOnly = file.endsWith('config.ts') || DECLARES_SAMPLES.test(file) ? ['zod'] : [];
    const allowed = [...(rule.packages ?? []), ...(rule.exceptions?.[file] ?? []), ...schemaOnly];
    return allowsPackage(allowed, from) ? null : `${file} imports ${from}`;
  }
  const target = relative(SRC, resolve(SRC, dirname(file), from))
    .split(sep)
    .join('/');
  const other = moduleOf(target);
  if (target.startsWith('..') || other === own || other === 'core') return null;
  if (own === 'config' && target.endsWith('config.ts')) return null;
  return rule.modules?.includes(other) === true ? null : `${file} imports ${target}`;
}

describe('the house', () => {
  it('has no import that the table forbids', () => {
    const found = imports();
    expect(found.length).toBeGreaterThan(50);
    expect(found.map(objection).filter((line) => line !== null)).toEqual([]);
  });

  it('notices a forbidden import', () => {
    expect(objection({ file: 'probe/host.ts', from: '../tail/source.ts' })).toContain('probe/host.ts');
    expect(objection({ file: 'diagnose/rank.ts', from: 'node:fs' })).toContain('node:fs');
    expect(objection({ file: 'incident/config.ts', from: 'zod' })).toBeNull();
    expect(objection({ file: 'core/samples/fds.ts', from: 'zod' })).toBeNull();
    expect(objection({ file: 'core/sample.ts', from: 'zod' })).toContain('core/sample.ts');
  });

  it('reads the environment and the arguments in cli only', () => {
    const reads = sourceFiles().filter(
      (file) => moduleOf(file) !== 'cli' && !OWN_PROCESS.has(file) && /\bprocess\.(env|argv)\b/.test(text(file)),
    );
    expect(reads).toEqual([]);
  });

  it('starts timers in service and cli only, or through a seam that is handed in', () => {
    const starts = sourceFiles().filter((file) => {
      const pure = [
        'core',
        'nginx',
        'timeline',
        'findings',
        'diagnose',
        'incident',
        'audit',
        'access',
        'digest',
        'checks',
        'match',
      ];
      return pure.includes(moduleOf(file)) && /\bset(Timeout|Interval|Immediate)\(/.test(text(file));
    });
    expect(starts).toEqual([]);
  });

  it('starts timers in one guarded place, so that what fails in one never ends the process', () => {
    const starts = sourceFiles().filter(
      (file) =>
        !DEMO_ONLY.has(moduleOf(file)) &&
        !RAW_TIMERS.has(file) &&
        /\bset(Timeout|Interval)\((?!EMPTY_PIPE_MS)/.test(text(file)),
    );
    expect(starts).toEqual([]);
  });

  it('gives no tiny file to a single user', () => {
    const users = new Map<string, Set<string>>();
    for (const { file, from } of imports()) {
      if (!from.startsWith('.')) continue;
      const target = relative(SRC, resolve(SRC, dirname(file), from))
        .split(sep)
        .join('/');
      users.set(target, (users.get(target) ?? new Set()).add(file));
    }
    const tiny = sourceFiles().filter((file) => text(file).trimEnd().split('\n').length <= TINY_LINES);
    const single = tiny.filter((file) => users.get(file)?.size === 1 && !MAY_BE_TINY.test(file));
    expect(single).toEqual([]);
  });

  it('keeps core small, files short and names telling', () => {
    const files = sourceFiles();
    expect(files.filter((file) => /^core\/[^/]+$/.test(file)).length).toBeLessThanOrEqual(30);
    expect(files.filter((file) => text(file).split('\n').length > 301)).toEqual([]);
    const banned = /(^|\/)(utils?|helpers?|common|misc|types|index|manager|info|impl)\.ts$/;
    expect(files.filter((file) => banned.test(file) || /[A-Z_]/.test(file))).toEqual([]);
    const lengths = files.map((file) => text(file).split('\n').length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(90);
  });
});
