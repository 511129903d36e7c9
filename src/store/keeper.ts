/**
 * Keeps the store of a running service usable: locks it for one process, moves a damaged file aside, works in memory while
 * the file cannot be written, and returns to the file when it can. Each of these gives a notice for people.
 */
import { resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { GapwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { quoted } from '../core/shell.ts';
import { carryBack, carryIntoMemory } from './carry.ts';
import { createDatabase, type ExchangeableDatabase } from './database.ts';
import { failureOf, type Handle, type StoreFailure } from './handle.ts';
import type { StoreHealth, StoreNotice, StoreTrouble } from './health.ts';
import { PATIENCE_MS, type StoreLock, takeLock } from './lock.ts';
import { DamagedFile, openFile, openMemory, openToRead } from './open-file.ts';
import { identityOf, makeDatabaseFile, moveAside, preparePlace } from './place.ts';

export interface KeeperDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The same notice is not repeated within this time: a disk that is full now and then would fill a channel. */
const REPEAT_NOTICE_MS = 60 * 60_000;
/** A file that is damaged again within this time lies on a broken disk. */
const DAMAGED_AGAIN_MS = 60_000;
const LOST = 'positions, open incidents and message ids were lost; messages may repeat';

const BECAUSE: Readonly<Record<StoreFailure, string>> = {
  full: 'its file system is full',
  'read-only': 'it is read-only',
  failing: 'reading or writing it fails',
  damaged: 'it was damaged twice within a minute',
  busy: 'another process holds it',
};

/** While the file cannot be written. */
interface Memory {
  readonly handle: Handle;
  /** Keys of the facts that came from the file. */
  readonly facts: ReadonlySet<string>;
}

export class StoreKeeper implements StoreHealth {
  readonly database: ExchangeableDatabase;
  readonly #path: string;
  readonly #deps: KeeperDeps;
  readonly #notices: StoreNotice[] = [];
  readonly #noticedAt = new Map<string, number>();
  #lock: StoreLock | null = null;
  #handle: Handle;
  /** Of the file that is written. */
  #identity: string | null = null;
  #memory: Memory | null = null;
  #trouble: StoreTrouble | null = null;
  #damagedAt = Number.NEGATIVE_INFINITY;

  /** Throws GapwatchError CONFIG (in use, or not safe where it is) or STORE (newer, or cannot be opened). */
  constructor(path: string, deps: KeeperDeps) {
    this.#path = resolve(path);
    this.#deps = deps;
    this.#handle = this.#openAtStart();
    this.database = createDatabase(this.#handle, (error) => this.#heal(error));
  }

  trouble(): StoreTrouble | null {
    return this.#trouble;
  }

  takeNotices(): readonly StoreNotice[] {
    return this.#notices.splice(0);
  }

  recover(): void {
    if (this.#lock?.isLost() === true) this.#lockAgain(this.#lock);
    if (this.#memory === null && identityOf(this.#path) !== this.#identity) {
      this.#use(this.#intoMemory('its file was removed or replaced', this.#handle));
    }
    const memory = this.#memory;
    if (memory === null) return;
    let handle: Handle | null = null;
    try {
      handle = this.#open(0);
      carryBack(memory.handle, handle, memory.facts);
    } catch (err) {
      handle?.close();
      this.#deps.logger.debug({ err, store: this.#path }, 'the store cannot be written yet');
      return;
    }
    this.#memory = null;
    this.#trouble = null;
    this.#use(handle);
    this.#notice('back', 'The store can be written again and holds what was kept in memory.', null);
  }

  /** From memory this is the last attempt to bring what was learned into the file. */
  close(): void {
    if (this.#memory !== null) this.recover();
    this.database.close();
    this.#lock?.release();
  }

  /** The lock file was removed or replaced. The former lock is held until the new one is. */
  #lockAgain(former: StoreLock): void {
    const hasDatabase = this.#memory === null;
    try {
      const path = preparePlace(this.#path);
      this.#lock = takeLock(path, this.#deps.clock.now(), { patienceMs: 0, hasDatabase });
    } catch (err) {
      this.#deps.logger.error(
        { err, store: this.#path },
        'the lock of the store was removed and cannot be taken again',
      );
      const isTaken = err instanceof GapwatchError || failureOf(err) === 'busy';
      if (!isTaken) return;
      this.#lock = null;
      if (hasDatabase) this.#use(this.#intoMemory(BECAUSE.busy, this.#handle));
    }
    former.release();
  }

  #openAtStart(): Handle {
    try {
      return this.#open(PATIENCE_MS);
    } catch (error) {
      if (error instanceof GapwatchError) throw error;
      const failure = failureOf(error);
      if (failure !== null && failure !== 'busy') return this.#intoMemory(BECAUSE[failure], openToRead(this.#path));
      throw new GapwatchError('STORE', `the database ${this.#path} cannot be opened: ${(error as Error).message}`, {
        hint: 'Check that its folder exists and is writable, or set store.path.',
        cause: error,
      });
    }
  }

  #open(patienceMs: number): Handle {
    const path = preparePlace(this.#path);
    this.#lock ??= takeLock(path, this.#deps.clock.now(), { patienceMs });
    makeDatabaseFile(path);
    let handle: Handle;
    try {
      handle = openFile(path);
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      this.#setAside(path, error.message);
      handle = openFile(path);
    }
    this.#identity = identityOf(path);
    return handle;
  }

  /** What failed can be repeated on another connection. */
  #heal(error: unknown): boolean {
    const failure = failureOf(error);
    if (failure === null || failure === 'busy') return false;
    if (this.#memory !== null) return failure === 'full' && shed(this.#memory.handle);
    const again = this.#deps.clock.monotonicMs() - this.#damagedAt < DAMAGED_AGAIN_MS;
    if (failure === 'damaged' && !again && this.#replace(error as Error)) return true;
    this.#use(this.#intoMemory(BECAUSE[failure], this.#handle));
    return true;
  }

  #replace(error: Error): boolean {
    try {
      const path = preparePlace(this.#path);
      this.#setAside(path, error.message);
      this.#use(openFile(path));
      this.#identity = identityOf(path);
      return true;
    } catch (err) {
      this.#deps.logger.error({ err, store: this.#path }, 'a damaged store could not be replaced');
      return false;
    }
  }

  #setAside(path: string, reason: string): void {
    const { clock } = this.#deps;
    const aside = moveAside(path, clock.now());
    makeDatabaseFile(path);
    this.#damagedAt = clock.monotonicMs();
    const text = `The store ${path} was damaged (${reason}). It was moved to ${aside} and a new one was begun: ${LOST}.`;
    this.#notice('damaged', text, `ls -la ${quoted(aside)}*`);
  }

  #intoMemory(because: string, from: Handle | null): Handle {
    const handle = openMemory();
    this.#memory = { handle, facts: from === null ? new Set() : carryIntoMemory(from, handle) };
    const detail = `the store ${this.#path} cannot be written: ${because}`;
    this.#trouble = { detail, remedy: `df -h ${quoted(this.#path)}; ls -la ${quoted(this.#path)}` };
    const text = `gapwatch goes on in memory, because ${detail}. What it learns is lost if it is restarted before that is mended.`;
    this.#notice('memory', text, this.#trouble.remedy);
    return handle;
  }

  #use(handle: Handle): void {
    const former = this.#handle;
    this.#handle = handle;
    this.database.exchange(handle);
    former.close();
  }

  #notice(kind: StoreNotice['kind'], text: string, remedy: string | null): void {
    const { clock, logger } = this.#deps;
    if (kind === 'back') logger.warn({ store: this.#path }, text);
    else logger.error({ store: this.#path }, text);
    const nowMs = clock.monotonicMs();
    if (nowMs - (this.#noticedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < REPEAT_NOTICE_MS) return;
    this.#noticedAt.set(kind, nowMs);
    this.#notices.push({ at: clock.now(), kind, text, remedy });
  }
}

/** Gives up what a store in memory can do without: the recording of the last hour and the measured figures. */
function shed(memory: Handle): boolean {
  try {
    memory.exec('DELETE FROM journal; DELETE FROM series_raw');
    return true;
  } catch {
    return false;
  }
}
