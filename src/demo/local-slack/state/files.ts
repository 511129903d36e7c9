/** Uploaded files. As in Slack, the type is known shortly after the upload, because the virus scan is asynchronous. */
import { randomBytes } from 'node:crypto';
import type { WallTime } from '../../../core/clock.ts';
import type { Ids } from './ids.ts';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  /** Part of the upload URL, which needs no token. */
  readonly ticket: string;
  readonly completed: boolean;
  /** From this time `files.info` names the type and blocks may use the file. */
  readonly readyAt: number;
  readonly shares: readonly string[];
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  txt: 'text/plain',
};

export class FileStore {
  readonly #files = new Map<string, StoredFile>();
  readonly #ids: Ids;
  readonly #clock: WallTime;
  readonly #scanMs: number;
  readonly #changed: () => void;

  constructor(ids: Ids, clock: WallTime, scanMs: number, changed: () => void) {
    this.#ids = ids;
    this.#clock = clock;
    this.#scanMs = scanMs;
    this.#changed = changed;
  }

  all(): readonly StoredFile[] {
    return [...this.#files.values()];
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  reserve(name: string): StoredFile {
    const id = this.#ids.next('F');
    const file: StoredFile = {
      id,
      name,
      title: name,
      bytes: new Uint8Array(),
      ticket: randomBytes(16).toString('hex'),
      completed: false,
      readyAt: 0,
      shares: [],
    };
    this.#files.set(id, file);
    return file;
  }

  idOfUpload(ticket: string): string | undefined {
    return [...this.#files.values()].find((file) => file.ticket === ticket)?.id;
  }

  fill(id: string, bytes: Uint8Array): boolean {
    const file = this.#files.get(id);
    if (file === undefined || file.completed) return false;
    this.#files.set(id, { ...file, bytes });
    return true;
  }

  /** Undefined when nothing was uploaded under that id. */
  complete(id: string, title: string | undefined, channel: string | undefined): StoredFile | undefined {
    const file = this.#files.get(id);
    if (file === undefined || file.bytes.length === 0) return undefined;
    const done: StoredFile = {
      ...file,
      title: title ?? file.name,
      completed: true,
      readyAt: this.#clock.now() + this.#scanMs,
      shares: channel === undefined ? [] : [channel],
    };
    this.#files.set(id, done);
    this.#changed();
    return done;
  }

  /** Empty until the scan has finished, as in Slack. */
  mediaType(file: StoredFile): string {
    if (!file.completed || this.#clock.now() < file.readyAt) return '';
    return MEDIA_TYPES[file.name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  }

  /** Whether an image block may use this file. */
  isImage(id: string): boolean {
    const file = this.#files.get(id);
    return file !== undefined && ['image/png', 'image/jpeg', 'image/gif'].includes(this.mediaType(file));
  }
}
