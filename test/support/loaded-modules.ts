/** Runs a gapwatch command and lists the modules that it loads. */
import { spawnSync } from 'node:child_process';
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

/** URLs of the ES modules and packages, in the order in which they are loaded. */
export function loadedModules(args: readonly string[]): readonly string[] {
  const { stderr } = spawnSync(process.execPath, ['--import', REGISTER, BINARY, ...args], { encoding: 'utf8' });
  return stderr
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length));
}
