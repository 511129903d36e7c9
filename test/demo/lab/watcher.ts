/** The built `gapwatch run --events -` as a child process, watching one lab nginx. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab } from '../../../src/demo/lab/lab.ts';

const MAIN = resolve(import.meta.dirname, '../../../dist/cli/main.js');
const STARTED_MS = 20_000;
const STOP_MS = 10_000;

/** One object of the event stream (src/core/README.md). */
export interface WatchedEvent {
  readonly type: string;
  readonly at: string;
  readonly incident?: { readonly id: string; readonly cause: string; readonly severity: string };
  readonly [key: string]: unknown;
}

export class Watcher {
  readonly events: WatchedEvent[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  #stderr = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#stderr = (this.#stderr + bytes.toString()).slice(-8000);
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => this.events.push(JSON.parse(line) as WatchedEvent));
    }
  }

  /** Resolves after `started`. Throws with the output of the service when it ends before. */
  static async start(lab: Lab): Promise<Watcher> {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-watch-'));
    const config = join(folder, 'gapwatch.yml');
    writeFileSync(
      config,
      `host: lab\nnginx: { pidFile: ${lab.nginx.pidFile} }\nstore: { path: ${join(folder, 'gapwatch.db')} }\n`,
    );
    const { SLACK_BOT_TOKEN: _unused, ...env } = process.env;
    const child = spawn(process.execPath, [MAIN, 'run', '-c', config, '--events', '-'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watcher = new Watcher(child, folder);
    await watcher.#untilStarted();
    return watcher;
  }

  /** SIGTERM, then waits for the clean stop. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const lateKill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(lateKill);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #untilStarted(): Promise<void> {
    const until = Date.now() + STARTED_MS;
    while (!this.events.some((event) => event.type === 'started')) {
      if (this.#child.exitCode !== null || Date.now() > until) {
        await this.stop();
        throw new Error(`gapwatch run did not start: ${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
