/** A real nginx with any configuration, in a folder of its own; stopped by its own pid, with everything it left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/demo/lab/free-port.ts';
import { findNginxBinary } from '../../src/demo/lab/nginx-binary.ts';

/** Its absolute path: /usr/sbin is not on everybody's PATH. */
export const NGINX = (await findNginxBinary(process.env.PATH ?? '')).path;

export interface Ground {
  readonly folder: string;
  readonly port: number;
}

const PATIENCE_MS = 5000;

async function until(what: string, done: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(10)) if (done()) return;
  throw new Error(`${what} did not happen within ${PATIENCE_MS} ms`);
}

export class PrivateNginx {
  readonly folder: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(ground: Ground, child: ChildProcess) {
    this.folder = ground.folder;
    this.port = ground.port;
    this.#child = child;
  }

  /** `config` may use `pid logs/nginx.pid`, which is what `pid` waits for. */
  static async start(
    config: (ground: Ground) => string,
    options: { binary?: (ground: Ground) => string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<PrivateNginx> {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-nginx-'));
    // Workers that are not root write here as well.
    chmodSync(folder, 0o777);
    mkdirSync(join(folder, 'logs'));
    const ground = { folder, port: await freePort() };
    writeFileSync(join(folder, 'nginx.conf'), config(ground));
    const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'logs/error.log', '-g', 'daemon off; pid logs/nginx.pid;'];
    const env = { ...process.env, ...options.env };
    const child = spawn(options.binary?.(ground) ?? NGINX, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const nginx = new PrivateNginx(ground, child);
    try {
      await until('the start of nginx', () => nginx.#pidFile() > 0 || child.exitCode !== null);
      if (child.exitCode !== null) throw new Error(said);
    } catch (error) {
      await nginx.stop();
      throw error;
    }
    return nginx;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  #pidFile(): number {
    try {
      return Number(readFileSync(this.path('logs/nginx.pid'), 'utf8'));
    } catch {
      return 0;
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await until('the end of nginx', () => this.#child.exitCode !== null || this.#child.signalCode !== null);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
