/** A machine made of recorded texts. What is not recorded does not exist. */
import type { Socket } from 'node:net';
import type { CommandResult, Host } from '../../../src/probe/host.ts';

export interface Recording {
  readonly files?: Readonly<Record<string, string>>;
  /** Path → target; folders list the links below them too. */
  readonly links?: Readonly<Record<string, string>>;
  readonly fdCounts?: Readonly<Record<string, number>>;
  readonly commands?: Readonly<Record<string, string>>;
  /** Paths that answer with this errno. */
  readonly errors?: Readonly<Record<string, string>>;
}

function errno(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export class RecordedHost implements Host {
  readonly recording: Recording;
  readonly ran: string[] = [];
  /** Descriptors that were looked at. */
  linksRead = 0;
  time = 1_000_000;
  ahead = 0;
  moved = 0;

  constructor(recording: Recording) {
    this.recording = recording;
  }

  now(): number {
    return this.time;
  }

  monotonicMs(): number {
    return this.time;
  }

  aheadMs(): number {
    return this.ahead;
  }

  movedMs(): number {
    return this.moved;
  }

  async readText(path: string): Promise<string> {
    this.#refuse(path);
    const text = this.recording.files?.[path];
    if (text === undefined) throw errno('ENOENT', path);
    return text;
  }

  async scan(path: string, onBytes: (bytes: Buffer) => boolean): Promise<void> {
    const bytes = Buffer.from(await this.readText(path));
    // Small odd pieces: rows are cut everywhere.
    for (let from = 0; from < bytes.length; from += 97) {
      if (!onBytes(bytes.subarray(from, from + 97))) return;
    }
  }

  async list(directory: string): Promise<string[]> {
    this.#refuse(directory);
    const known = [...Object.keys(this.recording.files ?? {}), ...Object.keys(this.recording.links ?? {})];
    const below = known.filter((path) => path.startsWith(`${directory}/`));
    return [...new Set(below.map((path) => path.slice(directory.length + 1).split('/')[0] ?? ''))];
  }

  async links(paths: readonly string[]): Promise<(string | null)[]> {
    this.linksRead += paths.length;
    return paths.map((path) => this.recording.links?.[path] ?? null);
  }

  async stat(path: string): Promise<{ sizeBytes: number; device: number }> {
    this.#refuse(path);
    const sizeBytes = this.recording.fdCounts?.[path];
    return { sizeBytes: sizeBytes ?? 0, device: 1 };
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return { freeBytes: 50, totalBytes: 100 };
  }

  tool(name: string): string | null {
    return this.recording.commands?.[name] === undefined ? null : `/usr/bin/${name}`;
  }

  async run(file: string, args: readonly string[]): Promise<CommandResult> {
    this.ran.push([file, ...args].join(' '));
    const stdout = this.recording.commands?.[file.slice(file.lastIndexOf('/') + 1)];
    return stdout === undefined ? { ok: false, reason: 'absent', detail: file } : { ok: true, stdout };
  }

  connect(): Socket {
    throw new Error('a recorded host has no network');
  }

  #refuse(path: string): void {
    const code = this.recording.errors?.[path];
    if (code !== undefined) throw errno(code, path);
  }
}
