/** Runs the built `gapwatch run` as a process and reads its log, event stream and exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = resolve(import.meta.dirname, '../../../dist/cli/main.js');
const STOP_MS = 10_000;

/** One object of the event stream (src/core/README.md). */
export interface ServiceEvent {
  readonly type: string;
  readonly at: string;
  readonly incident?: { readonly cause: string; readonly severity: string };
  readonly [key: string]: unknown;
}

export interface GapwatchOptions {
  /** gapwatch.yml; `store.path` is set. A string is written as it is. */
  readonly config: object | string;
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the command, such as `unshare …`. */
  readonly wrap?: (command: readonly string[]) => readonly string[];
  /** Owner of its folder, when `wrap` runs it as another user. */
  readonly user?: number | undefined;
  /** Default: this repository's build, run by this Node. */
  readonly binary?: string;
}

export class GapwatchProcess {
  readonly events: ServiceEvent[] = [];
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #log = '';

  constructor(options: GapwatchOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'gapwatch-process-'));
    const { config } = options;
    const file = join(this.folder, 'gapwatch.yml');
    const store = { path: join(this.folder, 'gapwatch.db') };
    writeFileSync(file, typeof config === 'string' ? config : JSON.stringify({ host: 'web-1', store, ...config }));
    // gapwatch refuses a folder that all users can write.
    if (options.user !== undefined) for (const path of [file, this.folder]) chownSync(path, options.user, options.user);
    const command = [process.execPath, options.binary ?? BINARY, 'run', '-c', file, '--events', '-'];
    const [program = '', ...args] = options.wrap?.(command) ?? command;
    const { SLACK_BOT_TOKEN: _none, SLACK_APP_TOKEN: _neither, ...env } = process.env;
    this.#child = spawn(program, args, {
      cwd: this.folder,
      env: { ...env, GAPWATCH_LOG_LEVEL: 'info', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#child, 'close').then(([code]) => code as number | null);
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#log += bytes.toString();
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) =>
        this.events.push(JSON.parse(line) as ServiceEvent),
      );
    }
  }

  /** Everything on stderr so far. */
  get log(): string {
    return this.#log;
  }

  get incidents(): readonly string[] {
    return this.events.flatMap(({ type, incident }) => (type === 'incident.opened' ? [incident?.cause ?? ''] : []));
  }

  samples(probe: string): readonly ServiceEvent[] {
    return this.events.filter((event) => event.type === 'sample' && event.probe === probe);
  }

  /** Resolves to the first true value of `look`. Rejects with the log on a timeout or when the process ended. */
  async until<T>(what: string, look: () => T | undefined | null | false, timeoutMs = 15_000): Promise<T> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await new Promise((next) => setTimeout(next, 25))) {
      const seen = look();
      if (seen !== undefined && seen !== null && seen !== false) return seen;
      if (this.#child.exitCode !== null) break;
    }
    throw new Error(`${what} did not happen; exit code ${this.#child.exitCode}; it said:\n${this.#log}`);
  }

  /** Resolves to the log record whose text matches. */
  said(words: RegExp, timeoutMs?: number): Promise<string> {
    return this.until(
      `a log line like ${words}`,
      () => this.#log.split('\n').find((line) => words.test(line)),
      timeoutMs,
    );
  }

  /** Resolves after two more samples of that probe. */
  async looksOn(probe: string): Promise<ServiceEvent> {
    const before = this.samples(probe).length;
    return this.until(`two more looks of ${probe}`, () => this.samples(probe)[before + 1]);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  exit(): Promise<number | null> {
    return this.#exit;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends SIGTERM and checks the exit code and the cleanup. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const code = await this.#exit;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
