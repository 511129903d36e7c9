/**
 * Holds a folder by descriptor: files are created and removed in that folder, even when its name is replaced. Nothing
 * below it is removed by path, because others could replace a path between listing and removal.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { pathOfDescriptor } from './walk.ts';

const PRIVATE_FILE = 0o600;

export class HeldFolder {
  readonly #fd: number;

  /** Takes over `fd`, a folder opened with O_PATH. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Makes a file with mode 0600 and opens it for writing. Throws EEXIST when there is anything of that name. */
  create(name: string, flags = constants.O_WRONLY): number {
    return openSync(this.#spot(name), flags | constants.O_CREAT | constants.O_EXCL, PRIVATE_FILE);
  }

  /** A file without a name, which is gone when both descriptors are closed. */
  scratch(): { readonly write: number; readonly read: number } {
    const name = `.gapwatch-${randomBytes(8).toString('hex')}`;
    const write = this.create(name);
    this.remove(name);
    return { write, read: openSync(pathOfDescriptor(write), constants.O_RDONLY) };
  }

  /** Removes that name and never what a link of that name leads to. Throws the system's error. */
  remove(name: string): void {
    unlinkSync(this.#spot(name));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #spot(name: string): string {
    return `${pathOfDescriptor(this.#fd)}/${name}`;
  }
}
