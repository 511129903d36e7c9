/**
 * Follows one log file through rotation, truncation and copytruncate. Each line that was in the log at a poll is delivered
 * once. After a kill, lines delivered since the last save are repeated with the same generation and offset: at most
 * SAVE_AFTER_MS of them and little more than SAVE_AFTER_BYTES. Lines removed between two polls without a copy are lost.
 */
import { resolve } from 'node:path';
import type { WallTime } from '../../core/clock.ts';
import type { CursorStore } from '../cursor.ts';
import type { Archive } from '../follower/archive.ts';
import { type Generation, inodeOf, READ_BUFFER_BYTES } from '../follower/generation.ts';
import { wouldFindNothing } from '../follower/glance.ts';
import { Lineage, type PathState } from '../follower/lineage.ts';
import { logListener } from '../follower/log-listener.ts';
import { SearchRest } from '../follower/search-rest.ts';
import { statOf } from '../follower/siblings.ts';
import { Outlet } from '../outlet.ts';
import type { Pulse } from '../pulse.ts';
import type { LogSource, SourceEvents, SourceState } from '../source.ts';
import type { Piece } from '../splitter.ts';
import type { Ticker } from '../ticker.ts';

/** Least time between two polls: bounds the cost of a storm of small writes. Less than pulse.ts leaves between two. */
const LOOK_GAP_MS = 8;
const SAVE_AFTER_MS = 50;
/** A backlog is read at hundreds of MB/s: a kill in the middle of it shall not repeat all that was caught up on. */
const SAVE_AFTER_BYTES = 128 * 1024;
/** Longest time spent reading before others on the event loop get their turn. */
const SLICE_MS = 8;
const DENIED = 'cannot be opened: permission is denied, or no descriptor is left';
/** Looks in a row when the log keeps changing under us. */
const ROUNDS = 8;

/** Read buffers that all followers share: as many as reads ever ran at once, mostly one. */
const freeBuffers: Buffer[] = [];

function leaseReadBuffer(): Buffer {
  return freeBuffers.pop() ?? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
}

function returnReadBuffer(buffer: Buffer): void {
  freeBuffers.push(buffer);
}

export interface FileSourceOptions {
  readonly path: string;
  /** Where to begin when no position is saved. */
  readonly fromStart?: boolean;
  /** How long a replaced file must be silent before it is let go and its unfinished line given out, ms. */
  readonly lingerMs?: number;
  /** Longest line kept whole, bytes. */
  readonly maxLineBytes?: number;
  /** How long a stop goes on reading, ms; what is left is read from the saved position at the next start. Default: to the end. */
  readonly drainMs?: number;
}

export interface FileSourceDeps {
  readonly clock: WallTime;
  readonly ticker: Ticker;
  readonly pulse: Pulse;
  /** null: every start is a first start. */
  readonly cursors: CursorStore | null;
}

export const FILE_SOURCE_DEFAULTS = { fromStart: false, lingerMs: 60_000, maxLineBytes: 8 * 1024 * 1024 } as const;

/** A LogSource that can also poll on demand; `look` resolves when all it found is delivered. */
export interface FileSource extends LogSource {
  look(): Promise<void>;
}

class Follower implements FileSource {
  readonly name: string;
  readonly #path: string;
  readonly #deps: FileSourceDeps;
  readonly #outlet: Outlet;
  readonly #lineage: Lineage;
  readonly #options: FileSourceOptions;
  #looking: Promise<void> | null = null;
  #wokenMeanwhile = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #cancelLook: (() => void) | null = null;
  #cancelSave: (() => void) | null = null;
  #unsavedBytes = 0;
  readonly #rest: SearchRest;
  #drainUntilMs = Number.POSITIVE_INFINITY;
  #leave: (() => void) | null = null;

  constructor(options: FileSourceOptions, deps: FileSourceDeps, events: SourceEvents) {
    this.name = options.path;
    this.#path = resolve(options.path);
    this.#deps = deps;
    this.#outlet = new Outlet(options.path, events);
    this.#options = options;
    this.#rest = new SearchRest(() => deps.ticker.monotonicMs());
    this.#lineage = new Lineage({
      path: this.#path,
      capBytes: options.maxLineBytes ?? FILE_SOURCE_DEFAULTS.maxLineBytes,
      lingerMs: options.lingerMs ?? FILE_SOURCE_DEFAULTS.lingerMs,
      nowMs: () => deps.clock.now(),
      monotonicMs: () => deps.ticker.monotonicMs(),
    });
  }

  async start(): Promise<void> {
    const saved = this.#deps.cursors?.load(this.#path) ?? null;
    if (saved === null) this.#lineage.begin(this.#options.fromStart ?? false);
    else this.#lineage.restore(saved);
    this.#leave = this.#deps.pulse.join(logListener(this.#path, () => this.#wake()));
    await this.look();
    this.#save();
  }

  async stop(): Promise<void> {
    if (this.#leave === null) return;
    this.#cancelLook?.();
    this.#drainUntilMs = this.#deps.ticker.monotonicMs() + (this.#options.drainMs ?? Number.POSITIVE_INFINITY);
    await this.look();
    this.#end('stopped');
  }

  state(): SourceState {
    return this.#outlet.state();
  }

  /** Polls now, after a poll that is under way. Never rejects: a refused delivery stops the source. */
  async look(): Promise<void> {
    while (this.#looking !== null) await this.#looking;
    if (this.#leave === null) return;
    this.#looking = this.#lookUntilQuiet().catch((error) => this.#end(`stopped: ${(error as Error).message}`));
    await this.#looking;
    this.#looking = null;
    this.#lookedAtMs = this.#deps.ticker.monotonicMs();
    if (this.#wokenMeanwhile) this.#wake();
  }

  #wake(): void {
    if (this.#looking !== null) {
      this.#wokenMeanwhile = true;
      return;
    }
    if (this.#cancelLook !== null || this.#leave === null) return;
    this.#wokenMeanwhile = false;
    if (this.#outlet.state().kind === 'following' && wouldFindNothing(this.#lineage, this.#path)) return;
    const waitMs = this.#lookedAtMs + Math.max(LOOK_GAP_MS, this.#rest.ms) - this.#deps.ticker.monotonicMs();
    if (waitMs <= 0) return void this.look();
    this.#cancelLook = this.#deps.ticker.after(waitMs, () => {
      this.#cancelLook = null;
      void this.look();
    });
  }

  async #lookUntilQuiet(): Promise<void> {
    this.#rest.ms = 0;
    for (let round = 0; round < ROUNDS && this.#rest.ms === 0; round++) if (await this.#lookOnce()) return;
    this.#wokenMeanwhile = true;
  }

  /** Reads what there is. False when a file was found rewritten, which may have brought others to light. */
  async #lookOnce(): Promise<boolean> {
    const stat = statOf(this.#path);
    const names = typeof stat === 'string' ? null : inodeOf(stat);
    const { current } = this.#lineage;
    const wasEmpty = current?.track.position === 0;
    for (const generation of this.#lineage.generations) {
      const seen = typeof stat !== 'string' && generation.inode === names ? stat : null;
      if (generation.isUnchanged(seen)) continue;
      generation.note(seen);
      if (!(await this.#drain(generation))) return false;
    }
    let path: PathState = typeof stat === 'string' ? stat : 'open';
    // An empty file shows no sign of having been filled, copied and emptied meanwhile, but the copy is there.
    const isFilled = wasEmpty && current.track.position > 0;
    if (this.#lineage.isUnsettled || isFilled || (names !== null && names !== current?.inode))
      path = await this.#discover();
    await this.#closeSilent();
    this.#setState(path);
    return true;
  }

  async #discover(): Promise<PathState> {
    const before = this.#lineage.rotations;
    const path = await this.#rest.after(() => this.#lineage.discover());
    this.#save();
    for (const archive of this.#lineage.archives) await this.#readArchive(archive);
    for (const generation of this.#lineage.generations) if (!(await this.#drain(generation))) break;
    this.#outlet.counters.rotations = this.#lineage.rotations;
    if (this.#lineage.rotations !== before) this.#outlet.tell();
    return path;
  }

  /** Delivers the generation up to its end. False when it was found rewritten. */
  async #drain(generation: Generation): Promise<boolean> {
    const { ticker } = this.#deps;
    const buffer = leaseReadBuffer();
    try {
      for (let sliceStart = ticker.monotonicMs(); ; ) {
        const read = generation.read(buffer, ticker.monotonicMs());
        if (read.kind === 'failed') this.#outlet.trouble(`cannot read: ${read.error.message}`);
        if (read.kind === 'end' || read.kind === 'failed') return true;
        if (read.kind === 'rewritten') return await this.#recover(generation);
        await this.#deliverAll(generation.id, generation.track, read.pieces);
        if (!read.more || ticker.monotonicMs() > this.#drainUntilMs) return true;
        if (ticker.monotonicMs() - sliceStart < SLICE_MS) continue;
        await ticker.turn();
        sliceStart = ticker.monotonicMs();
      }
    } finally {
      returnReadBuffer(buffer);
    }
  }

  async #recover(generation: Generation): Promise<false> {
    this.#outlet.counters.truncations += 1;
    const unread = generation.unreadBytes;
    if (!(await this.#lineage.recover(generation))) {
      this.#outlet.counters.lostBytes += unread;
      const half = generation.track.flush();
      if (half !== null) await this.#outlet.deliver(generation.id, half);
    }
    this.#save();
    for (const archive of this.#lineage.archives) await this.#readArchive(archive);
    this.#outlet.tell();
    return false;
  }

  async #readArchive(archive: Archive): Promise<void> {
    const isLate = (): boolean => this.#deps.ticker.monotonicMs() > this.#drainUntilMs;
    const end = await archive.read((pieces) => this.#deliverAll(archive.id, archive.track, pieces), isLate);
    if (end !== 'complete') return;
    const half = archive.track.flush();
    if (half !== null) await this.#outlet.deliver(archive.id, half);
    archive.track.settle();
    this.#lineage.closeArchive(archive);
  }

  async #closeSilent(): Promise<void> {
    for (const generation of this.#lineage.silent()) {
      if (!(await this.#drain(generation)) || !this.#lineage.silent().includes(generation)) return;
      const half = generation.track.flush();
      if (half !== null) await this.#outlet.deliver(generation.id, half);
      generation.track.settle();
      this.#lineage.close(generation);
      this.#saveSoon();
    }
  }

  async #deliverAll(id: string, track: Generation['track'], pieces: readonly Piece[]): Promise<void> {
    const capped = track.splitter.cappedLines;
    for (const piece of pieces) {
      this.#unsavedBytes += piece.bytes.length;
      const taken = this.#outlet.deliver(id, piece);
      if (taken !== undefined) await taken;
    }
    this.#outlet.counters.cappedLines += capped;
    track.splitter.cappedLines -= capped;
    track.settle();
    this.#saveSoon();
  }

  #saveSoon(): void {
    if (this.#deps.cursors === null) return;
    if (this.#unsavedBytes >= SAVE_AFTER_BYTES) this.#save();
    else this.#cancelSave ??= this.#deps.ticker.after(SAVE_AFTER_MS, () => this.#save());
  }

  /** A position that cannot be saved costs repeated lines after a restart, not the lines: it is reported, and tried again. */
  #save(): void {
    this.#cancelSave?.();
    this.#cancelSave = null;
    this.#unsavedBytes = 0;
    try {
      this.#deps.cursors?.save(this.#path, this.#lineage.cursor());
      this.#outlet.trouble(null);
    } catch (error) {
      this.#outlet.trouble(`position not saved: ${(error as Error).message}`);
    }
  }

  #setState(path: PathState): void {
    const { current, refusal } = this.#lineage;
    const reading = current === null ? '' : '; the file it named before is still read';
    if (path === 'open') this.#outlet.become('following', 'reading');
    if (path === 'absent') this.#outlet.become('waiting', `no such file${reading}`);
    if (path === 'denied') this.#outlet.become(refusal === null ? path : 'refused', `${refusal ?? DENIED}${reading}`);
  }

  #end(detail: string): void {
    this.#leave?.();
    this.#leave = null;
    this.#cancelLook?.();
    this.#save();
    this.#lineage.closeAll();
    this.#outlet.become('stopped', detail);
  }
}

export function createFileSource(options: FileSourceOptions, deps: FileSourceDeps, events: SourceEvents): FileSource {
  return new Follower(options, deps, events);
}
