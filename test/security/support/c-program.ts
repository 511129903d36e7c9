/** Small C programs for what a shell cannot do: a process that changes its root, its user or its title and then waits. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Compiles `source` to `folder/name`, readable for every user, and answers with its path. */
export function compile(folder: string, name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(`${file}.c`, source);
  execFileSync('cc', ['-O1', '-o', file, `${file}.c`], { stdio: 'pipe' });
  chmodSync(file, 0o755);
  return file;
}

/** Starts it and resolves when it wrote its first line, which says that it is ready. */
export async function startReady(command: readonly [string, ...string[]], argv0?: string): Promise<ChildProcess> {
  const [file, ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], ...(argv0 === undefined ? {} : { argv0 }) });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });
  return child;
}

/** `change-root FOLDER`: a process whose root is FOLDER, as a container's is. */
export const CHANGE_ROOT = `
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  if (argc != 2 || chroot(argv[1]) != 0 || chdir("/") != 0) { perror("chroot"); return 1; }
  puts("ready"); fflush(stdout);
  for (;;) pause();
}`;

/** A library that a program can be started with in LD_PRELOAD. */
export function compileLibrary(folder: string, name: string, source: string): string {
  const file = join(folder, `${name}.so`);
  writeFileSync(`${file}.c`, source);
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', file, `${file}.c`, '-ldl'], { stdio: 'pipe' });
  return file;
}
