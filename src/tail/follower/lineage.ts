/**
 * Tracks all generations of one log: files held open, compressed files still to read, files read to their end. It
 * identifies a file by descriptor, then by identity, then by content, never by its name alone. So a late poll after a
 * rotation, a copytruncate, and a restart during either are handled the same way.
 */
import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_REFUSED, type OpenedFile, openFileToRead } from '../../files/read-file.ts';
import type { Cursor, GenerationRecord } from '../cursor.ts';
import { type Archive, archiveHead, openArchive } from './archive.ts';
import { type Generation, holdsRecord, holdsStartOf, identityOf, inodeOf, startGeneration } from './generation.ts';
import { Ignored } from './ignored.ts';
import type { LineageOptions } from './lineage-options.ts';
import { locateRecord } from './locate.ts';
import { EMPTY_PRINT, printOf, samePrint } from './print.ts';
import { MOST_SIBLINGS, openFailure, type Sibling, siblingsOf, statOf } from './siblings.ts';
import { learnWhereabouts, NOWHERE_ELSE, type Whereabouts } from './whereabouts.ts';

/** Read generations remembered, so that a copy or an archive of one is not taken for a new one. */
const CLOSED_KEPT = 64;
/** Rounds of one search, because rotations may happen during it; each round finds what the one before missed. */
const ROUNDS = 8;
/** Files held open at a time: endless rotations use no more descriptors. */
const MOST_OPEN = 32;
/** Files that are followed at most at a first start, the newest of those that may still grow. */
const MOST_GROWING = 8;
/** File systems use a coarser clock, slightly late. */
const CLOCK_SLACK_MS = 1000;

export type PathState = 'open' | 'absent' | 'denied';

export class Lineage {
  /** Held open, oldest first. */
  generations: Generation[] = [];
  /** Compressed ones to be read before the others. */
  archives: Archive[] = [];
  /** The one the path named when it was last seen; kept while the path names nothing. */
  current: Generation | null = null;
  rotations = 0;
  /** Why the file at the path is refused although it could be opened: a FIFO, a planted link; else null. */
  refusal: string | null = null;
  readonly #options: LineageOptions;
  #wanted: GenerationRecord[] = [];
  #closed: GenerationRecord[] = [];
  #whereabouts: Whereabouts = NOWHERE_ELSE;
  #sinceMs = 0;
  readonly #ignored = new Ignored();
  #refused = false;

  constructor(options: LineageOptions) {
    this.#options = options;
  }

  /** True while something of the log is known to exist that could not be opened yet. */
  get isUnsettled(): boolean {
    return this.#refused || this.#wanted.length > 0 || this.archives.length > 0;
  }

  restore(cursor: Cursor): void {
    this.#sinceMs = cursor.sinceMs;
    this.#wanted = [...cursor.open];
    this.#closed = [...cursor.closed];
    const { directories, targets } = cursor;
    this.#whereabouts = { directories, targets };
  }

  /** A first start: at the end of everything that may still be written to, or at the start of the path's own file. */
  begin(fromStart: boolean): void {
    const { path, nowMs } = this.#options;
    this.#sinceMs = nowMs() - CLOCK_SLACK_MS;
    const stat = statOf(path);
    const own = typeof stat !== 'string' && stat.isFile() ? stat : null;
    this.#learnPlaces();
    const mayGrow = ({ gzip, stat }: Sibling): boolean => !gzip && this.#mayGrow(stat) && stat.ino !== own?.ino;
    const growing = siblingsOf(path, this.#whereabouts).filter(mayGrow);
    for (const { stat } of growing.slice(-MOST_GROWING)) this.#want(stat, false);
    if (own !== null) this.#want(own, fromStart);
  }

  /** Opens whatever of the log is not open yet. The answer is about the path's own file. */
  discover(): Promise<PathState> {
    this.#refused = false;
    this.#learnPlaces();
    return this.#openAll().catch((error: unknown) => {
      openFailure(error); // Throws what is no refusal of the system.
      this.#refused = true;
      return 'denied';
    });
  }

  async #openAll(): Promise<PathState> {
    await this.#placeWanted();
    let state: PathState = 'absent';
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.generations.length + this.archives.length;
      const siblings = siblingsOf(this.#options.path, this.#whereabouts);
      for (const sibling of siblings) this.#openSibling(sibling);
      state = this.#openPath();
      if (this.generations.length + this.archives.length === before || siblings.length >= MOST_SIBLINGS) break;
    }
    return state;
  }

  /** The generation was cut or rewritten in place: finds the copy with its rest. False when there is none. */
  async recover(generation: Generation): Promise<boolean> {
    const record = generation.record();
    this.#wanted.push(record);
    this.#drop(generation);
    await this.discover();
    return this.generations.some(({ id }) => id === record.id) || this.archives.some(({ id }) => id === record.id);
  }

  /** Nothing was written to them for the linger time, or there are too many; the caller closes each when it has read it. */
  silent(): Generation[] {
    const before = this.#options.monotonicMs() - this.#options.lingerMs;
    const former = this.generations.filter((generation) => generation !== this.current);
    return former.filter(({ grewAtMs }, at) => grewAtMs <= before || former.length - at > MOST_OPEN);
  }

  close(generation: Generation): void {
    this.#remember(generation.record());
    this.#drop(generation);
  }

  closeArchive(archive: Archive): void {
    this.archives = this.archives.filter((other) => other !== archive);
    this.#remember(archive.record());
  }

  closeAll(): void {
    for (const generation of this.generations) generation.close();
    this.generations = [];
    this.current = null;
  }

  cursor(): Cursor {
    const held = [...this.archives, ...this.generations];
    return {
      version: 1,
      path: this.#options.path,
      sinceMs: this.#sinceMs,
      open: [...this.#wanted, ...held.map((generation) => generation.record())],
      closed: this.#closed,
      directories: [...this.#whereabouts.directories],
      targets: [...this.#whereabouts.targets],
    };
  }

  #want(stat: Sibling['stat'], fromStart: boolean): void {
    const identity = identityOf(stat);
    const offset = fromStart ? 0 : Number(stat.size);
    const lastWriteMs = Number(stat.mtimeMs);
    this.#wanted.push({ id: identity, identity, offset, head: EMPTY_PRINT, tail: EMPTY_PRINT, lastWriteMs });
  }

  async #placeWanted(): Promise<void> {
    for (const record of [...this.#wanted]) {
      const found = await locateRecord(record, this.#options.path, this.#whereabouts, {
        isHeld: (inode) => this.#isHeld(inode),
        mayGrow: (stat) => this.#mayGrow(stat),
      });
      if (found === 'denied') continue;
      if (found === 'gone') this.#remember(record);
      else if (found.kind === 'archive') this.#addArchive(found.sibling, record);
      else this.#add(found.file, record.id, found.offset);
      this.#wanted = this.#wanted.filter((other) => other !== record);
    }
  }

  #openSibling(sibling: Sibling): void {
    const { stat, path, gzip } = sibling;
    if (Number(stat.mtimeMs) < this.#sinceMs || this.#ignored.has(stat) || this.#isHeld(inodeOf(stat))) return;
    // An empty one may be a copy that is about to be filled: whose shows in its content.
    if (!gzip && stat.size === 0n && this.#mayGrow(stat)) this.#refused = true;
    else if (gzip) this.#openArchive(sibling);
    else this.#openPlain(path);
  }

  #openPlain(path: string): void {
    const file = this.#tryOpen(path);
    if (file === null || typeof file === 'string') return;
    const isHeld = this.#isHeld(inodeOf(file.stat));
    if (!isHeld && !this.#isKnown(file)) return void this.#add(file, this.#freshId(identityOf(file.stat)), 0);
    if (!isHeld) this.#ignored.add(file.stat);
    closeSync(file.fd);
  }

  #openArchive(sibling: Sibling): void {
    const head = archiveHead(sibling.path);
    // Whose copy it is shows in its head: it is looked at again while it is being written.
    if (head === 'failed' || (head === 'unfinished' && this.#mayGrow(sibling.stat))) this.#refused = true;
    else if (head instanceof Buffer && this.#isKnownHead(head)) this.#ignored.add(sibling.stat);
    else this.#addArchive(sibling, null);
  }

  #openPath(): PathState {
    const stat = statOf(this.#options.path);
    if (typeof stat === 'string') return stat;
    const held = this.generations.find(({ inode }) => inode === inodeOf(stat));
    if (held !== undefined) {
      this.#makeCurrent(held);
      return 'open';
    }
    const identity = identityOf(stat);
    if (this.#wanted.some((record) => record.head.length === 0 && record.identity === identity)) return 'denied';
    return this.#openNewPath();
  }

  #openNewPath(): PathState {
    const file = this.#tryOpen(this.#options.path);
    if (typeof file === 'string') return file;
    const identity = identityOf(file.stat);
    const former = this.#closed.find((record) => record.identity === identity && holdsRecord(file, record));
    this.#closed = this.#closed.filter((record) => record !== former);
    this.#makeCurrent(this.#add(file, former?.id ?? this.#freshId(identity), former?.offset ?? 0));
    return 'open';
  }

  #makeCurrent(generation: Generation): void {
    if (this.current !== null && this.current !== generation) this.rotations += 1;
    this.current = generation;
  }

  #tryOpen(path: string): OpenedFile | 'absent' | 'denied' {
    this.refusal = null;
    try {
      return openFileToRead(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === FILE_REFUSED) this.refusal = (error as Error).message;
      const failure = openFailure(error);
      if (failure === 'denied') this.#refused = true;
      return failure;
    }
  }

  #add(file: OpenedFile, id: string, offset: number): Generation {
    const { capBytes, monotonicMs } = this.#options;
    const generation = startGeneration(file, id, offset, { capBytes, nowMs: monotonicMs() });
    this.generations.push(generation);
    return generation;
  }

  #addArchive(sibling: Sibling, record: GenerationRecord | null): void {
    const identity = identityOf(sibling.stat);
    this.#ignored.add(sibling.stat);
    const id = record?.id ?? this.#freshId(identity);
    this.archives.push(openArchive(sibling, { id, record }, this.#options.capBytes));
  }

  #drop(generation: Generation): void {
    this.generations = this.generations.filter((other) => other !== generation);
    if (this.current === generation) this.current = null;
    generation.close();
  }

  #remember(record: GenerationRecord): void {
    this.#closed.push(record);
    const evicted = this.#closed.length > CLOSED_KEPT ? this.#closed.shift() : undefined;
    if (evicted !== undefined) this.#sinceMs = Math.max(this.#sinceMs, evicted.lastWriteMs);
  }

  #isHeld(inode: string): boolean {
    return this.generations.some((generation) => generation.inode === inode);
  }

  /** Whether the file holds what was read already, whole or in part, from a generation closed or still open. */
  #isKnown(file: OpenedFile): boolean {
    const records = [...this.#closed, ...this.generations.map((generation) => generation.record())];
    return (
      records.some((record) => holdsRecord(file, record) || holdsStartOf(file, record)) ||
      this.generations.some((generation) => generation.isCopiedIn(file))
    );
  }

  #mayGrow(stat: Sibling['stat']): boolean {
    return Number(stat.mtimeMs) >= this.#options.nowMs() - this.#options.lingerMs;
  }

  #isKnownHead(start: Buffer): boolean {
    return [...this.cursor().open, ...this.#closed].some(
      ({ head }) => head.length > 0 && samePrint(printOf(start.subarray(0, head.length)), head),
    );
  }

  /** The identity itself, or with a number when an earlier content of the same file already goes by it. */
  #freshId(identity: string): string {
    const used = new Set([...this.cursor().open, ...this.#closed].map(({ id }) => id));
    let id = identity;
    for (let epoch = 1; used.has(id); epoch++) id = `${identity}:${epoch}`;
    return id;
  }

  #learnPlaces(): void {
    const { path } = this.#options;
    const open = this.generations.map((generation) => dirname(generation.currentPath() ?? path));
    this.#whereabouts = learnWhereabouts(this.#whereabouts, path, open);
  }
}
