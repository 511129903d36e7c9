/**
 * All the set-up that `npm run demo`, `npm test`, `npm start` and `npm run bench` need on a fresh clone, and nothing
 * when it is already done: npm packages, the build, nginx, and (for tests) Chromium. Plain JavaScript without
 * dependencies, because it runs before there are any. What it cannot install it says in one sentence and stops.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const purpose = process.argv.find((word) => word.startsWith('--for='))?.slice('--for='.length) ?? 'run';

const NEEDS = {
  run: [],
  demo: ['nginx'],
  test: ['nginx', 'chromium', 'ss', 'curl', 'openssl'],
  bench: ['nginx', 'rg', 'mtail', 'goaccess', 'mawk'],
};

/** What to look for, and what each system's package manager calls it. */
const PROGRAMS = {
  nginx: { names: ['nginx'], packages: { apt: 'nginx-light', apk: 'nginx', dnf: 'nginx', brew: 'nginx' } },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: { apt: 'chromium', apk: 'chromium', dnf: 'chromium', brew: 'chromium' },
  },
  ss: { names: ['ss'], packages: { apt: 'iproute2', apk: 'iproute2', dnf: 'iproute' } },
  curl: { names: ['curl'], packages: { apt: 'curl', apk: 'curl', dnf: 'curl' } },
  openssl: { names: ['openssl'], packages: { apt: 'openssl', apk: 'openssl', dnf: 'openssl', brew: 'openssl' } },
  rg: { names: ['rg'], packages: { apt: 'ripgrep', apk: 'ripgrep', dnf: 'ripgrep', brew: 'ripgrep' } },
  mtail: { names: ['mtail'], packages: { apt: 'mtail' } },
  goaccess: { names: ['goaccess'], packages: { apt: 'goaccess', apk: 'goaccess', dnf: 'goaccess', brew: 'goaccess' } },
  mawk: { names: ['mawk'], packages: { apt: 'mawk', apk: 'mawk', dnf: 'mawk', brew: 'mawk' } },
};

const MANAGERS = {
  apt: { program: 'apt-get', update: ['update', '-qq'], install: ['install', '-y', '-qq', '--no-install-recommends'] },
  apk: { program: 'apk', update: ['update', '-q'], install: ['add', '-q'] },
  dnf: { program: 'dnf', update: null, install: ['install', '-y', '-q'] },
  brew: { program: 'brew', update: null, install: ['install', '-q'], unprivileged: true },
};

const say = (text) => process.stderr.write(`setup: ${text}\n`);

function stop(text) {
  say(text);
  process.exit(1);
}

function find(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  for (const name of names) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {}
    }
  }
  return null;
}

function run(program, args, options = {}) {
  const done = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  return done.status === 0;
}

function installPackages() {
  const lock = join(ROOT, 'package-lock.json');
  const marker = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing npm packages (npm ci)');
  const npm = process.env.npm_execpath;
  const words = ['ci', '--no-audit', '--no-fund'];
  const done = npm ? run(process.execPath, [npm, ...words]) : run('npm', words);
  if (!done) stop('npm ci failed; its own message stands above. Check that the npm registry is reachable.');
}

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function build() {
  const built = join(ROOT, 'dist', 'cli', 'main.js');
  if (existsSync(built) && statSync(built).mtimeMs >= newestSource(join(ROOT, 'src'))) return;
  say('building (tsc)');
  // Commands, causes and scenarios are found by scanning: what an earlier build left behind would be found too.
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!run(process.execPath, [tsc, '-p', 'tsconfig.json', '--noEmit', 'false'])) stop('the build failed.');
  // tsc leaves untouched outputs alone; the marker must be newer than every source.
  execFileSync(process.execPath, ['-e', `require('fs').utimesSync(${JSON.stringify(built)}, new Date(), new Date())`]);
}

function privilege() {
  if (process.getuid?.() === 0) return [];
  const sudo = find(['sudo']);
  // -n: never ask for a password behind somebody's back.
  return sudo !== null && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? [sudo, '-n'] : null;
}

function installSystem(missing) {
  const [kind, manager] = Object.entries(MANAGERS).find(([, entry]) => find([entry.program]) !== null) ?? [];
  const words = missing.map((name) => PROGRAMS[name].packages[kind] ?? name);
  const prefix = manager?.unprivileged ? [] : privilege();
  const byHand = kind ? `${manager.program} ${manager.install.join(' ')} ${words.join(' ')}` : words.join(', ');
  if (!manager || prefix === null) {
    stop(`${missing.join(', ')} not found and this user may not install it. As root: ${byHand}`);
  }
  say(`installing ${words.join(', ')} with ${manager.program}`);
  const environment = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // Debian starts a freshly installed nginx; ours are private ones, so the service must stay off.
    RUNLEVEL: '1',
  };
  const call = (args) => {
    const [program, ...rest] = [...prefix, manager.program, ...args];
    return run(program, rest, { env: environment });
  };
  if (manager.update) call(manager.update);
  if (!call([...manager.install, ...words])) stop(`could not install it. By hand, as root: ${byHand}`);
  const still = missing.filter((name) => find(PROGRAMS[name].names) === null);
  if (still.length > 0) stop(`${still.join(', ')} still not found after installing ${words.join(', ')}.`);
}

function main() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Node ${process.versions.node} is too old: 20.19 or newer.`);
  if (!(purpose in NEEDS)) stop(`--for=${purpose} is not one of ${Object.keys(NEEDS).join(', ')}.`);
  installPackages();
  build();
  const missing = NEEDS[purpose].filter((name) => find(PROGRAMS[name].names) === null);
  if (missing.length > 0) installSystem(missing);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  say(`${manifest.name} ${manifest.version} is ready (${purpose})`);
}

main();
