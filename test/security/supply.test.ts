/** What an operator installs: pinned by the lockfile on every platform, described by an SBOM, whole without optional packages. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'gapwatch-supply-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('the lockfile', () => {
  it('pins every package by its hash, but for binaries that the registry does not have', () => {
    const unpinned = locked.filter(([, one]) => one.integrity === undefined).map(([path]) => path);
    // README, "Install": unix datagram sockets for syslog have no build for these.
    const missing = ['darwin-arm64', 'darwin-x64', 'linux-arm-gnueabihf', 'linux-arm64-gnu', 'linux-arm64-musl'];
    expect(unpinned.sort()).toEqual(missing.map((name) => `node_modules/node-unix-socket-${name}`));
  });

  it('has the optional packages of every platform, as npm ci demands', () => {
    const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const wanted = locked.flatMap(([, one]) => Object.keys(one.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('has the store for x86-64 and arm64, glibc and musl', () => {
    for (const name of ['x64-gnu', 'x64-musl', 'arm64-gnu', 'arm64-musl'])
      expect(lock.packages[`node_modules/@libsql/linux-${name}`]?.integrity).toMatch(/^sha512-/);
  });

  it('runs no script of a package that an operator installs', () => {
    expect(locked.filter(([, one]) => one.hasInstallScript === true && one.dev !== true)).toEqual([]);
  });
});

it('npm run sbom prints CycloneDX, in which what only tests is marked', () => {
  const bom = JSON.parse(execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' })) as {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly name: string;
      readonly purl: string;
      readonly properties: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
  expect(bom.bomFormat).toBe('CycloneDX');
  const found = new Map(bom.components.map((component) => [component.name, component]));
  const isOfTests = (name: string): boolean =>
    found.get(name)?.properties.some((one) => one.name === 'cdx:npm:package:development') ?? false;
  for (const name of ['zod', 'libsql', 'pino', 'undici', 'tail-file'])
    expect(found.get(name)?.purl).toMatch(new RegExp(`^pkg:npm/${name}@\\d`));
  expect(isOfTests('vitest')).toBe(true);
  expect(isOfTests('pino')).toBe(false);
}, 60_000);

describe('an install with --omit=optional', () => {
  function run(...words: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist/cli/main.js'), ...words], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  }

  it('works, but for the store, which says what is missing in one sentence', () => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc', 'dist', 'patterns'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    execFileSync('npm', ['ci', '--omit=dev', '--omit=optional', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: 'pipe',
    });
    const line = '2026/01/01 00:00:00 [alert] 7#7: *1 4096 worker_connections are not enough\n';
    const matched = spawnSync(process.execPath, [join(folder, 'dist/cli/main.js'), 'match', '-'], {
      input: line,
      encoding: 'utf8',
    });
    expect(matched.stdout).toBe(`worker-connections\t${line}`);
    expect(run('explain', 'slot-capacity').status).toBe(0);
    const service = run('run');
    expect(service.status).toBe(70);
    expect(service.stderr).toMatch(/SQLite for linux on \w+ is not installed \(npm package libsql\)/);
    expect(service.stderr).toMatch(/without --omit=optional/);
    expect(service.stderr).not.toMatch(/\n\s+at /);
  }, 120_000);
});
