/** `gapwatch follow` as people run it: its own process, real time, real signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asNobody } from '../support/as-nobody.ts';
import type { Reader } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = 'dist/cli/main.js';
const NOBODY = 65534;
const PATIENCE_MS = 8000;
/** The command says nothing when it is ready, which is its contract; without a saved file it is given this long. */
const READY_WITHOUT_STATE_MS = 600;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export class CommandReader implements Reader {
  readonly #path: string;
  readonly #state: string;
  readonly #chunks: Buffer[] = [];
  #lines = 0;
  #child: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  #unprivileged = false;
  /** Exit codes of every orderly stop. */
  readonly exitCodes: (number | null)[] = [];

  constructor(path: string, own: string) {
    this.#path = path;
    this.#state = own;
  }

  async start(): Promise<void> {
    const isFirst = readdirSync(this.#state).length === 0;
    const args = ['follow', '--state', this.#state, this.#path];
    const nobody = this.#unprivileged ? asNobody() : null;
    const [program, ...words] = nobody?.words([process.execPath, join(nobody.root, COMMAND), ...args]) ?? [
      process.execPath,
      join(ROOT, COMMAND),
      ...args,
    ];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    child.on('close', () => nobody?.remove());
    child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.#lines += 1;
    });
    this.#exited = new Promise((resolve) => child.on('close', (code) => resolve(code)));
    if (isFirst) await this.#until(() => readdirSync(this.#state).some((name) => name.endsWith('.json')));
    else await sleep(READY_WITHOUT_STATE_MS);
  }

  async stop(): Promise<void> {
    if (this.#child === null) return;
    this.#child.kill('SIGTERM');
    this.exitCodes.push(await this.#exited);
    this.#child = null;
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
    this.#child = null;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async catchUp(lines: number): Promise<void> {
    await this.#until(() => this.#lines >= lines);
    await sleep(30);
  }

  pass(ms: number): Promise<void> {
    return sleep(ms);
  }

  dropPrivileges(): void {
    this.#unprivileged = true;
    if (process.geteuid?.() !== 0) return;
    for (const name of readdirSync(this.#state)) chownSync(join(this.#state, name), NOBODY, NOBODY);
    chownSync(this.#state, NOBODY, NOBODY);
  }

  output(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Gives up quietly: what did not come is counted as lost in the end. */
  async #until(isSo: () => boolean): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; !isSo() && Date.now() < deadline; ) await sleep(10);
  }
}
