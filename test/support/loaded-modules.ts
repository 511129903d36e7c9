/** Runs a gapwatch command and lists the modules that it loads. */
import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const MARK = 'loads=';

const dataUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
/** Runs in the thread of the loader, which has no console (https://nodejs.org/api/module.html#hooks). */
const HOOKS = dataUrl(`import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  writeSync(2, '\\n${MARK}' + url + '\\n');
  return next(url, context);
}`);
const REGISTER = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(HOOKS)});`);

function modulesIn(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length));
}

/** URLs of the ES modules and packages, in the order in which they are loaded. */
export function loadedModules(args: readonly string[]): readonly string[] {
  return modulesIn(spawnSync(process.execPath, ['--import', REGISTER, BINARY, ...args], { encoding: 'utf8' }).stderr);
}

/** The same of a command that runs until it is stopped: it ends once `logged` is in its log. */
export function loadedUntil(
  logged: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', REGISTER, BINARY, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (stderr.includes(logged)) child.kill('SIGTERM');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () =>
      stderr.includes(logged) ? resolve(modulesIn(stderr)) : reject(new Error(`never logged: ${stderr.slice(-2_000)}`)),
    );
  });
}
