/** The built `gapwatch run` as a process: what it says, its event stream, and its end. */
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
  /** What the command is put into (`asNobody().words`, `unshare …`); default: as it is. */
  readonly wrap?: (command: readonly string[]) => readonly string[];
  /** Whose its folder is, when `wrap` makes it run as another user. */
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
    // A folder that everybody may write would be refused.
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

  /** The first true value of `look`; rejects with what was said when that takes longer, or when the process ended. */
  async until<T>(what: string, look: () => T | undefined | null | false, timeoutMs = 15_000): Promise<T> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await new Promise((next) => setTimeout(next, 25))) {
      const seen = look();
      if (seen !== undefined && seen !== null && seen !== false) return seen;
      if (this.#child.exitCode !== null) break;
    }
    throw new Error(`${what} did not happen; exit code ${this.#child.exitCode}; it said:\n${this.#log}`);
  }

  /** The log record whose text fits. */
  said(words: RegExp, timeoutMs?: number): Promise<string> {
    return this.until(
      `a log line like ${words}`,
      () => this.#log.split('\n').find((line) => words.test(line)),
      timeoutMs,
    );
  }

  /** Two more rounds of that probe: it still looks. */
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

  /** SIGTERM, the exit code, and nothing left. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const code = await this.#exit;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
