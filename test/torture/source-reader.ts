/** A file source in this process, its time turned by hand: a scenario takes milliseconds and always goes the same way. */
import { systemClock } from '../../src/core/clock.ts';
import type { Cursor, CursorStore } from '../../src/tail/cursor.ts';
import { createPulse } from '../../src/tail/pulse.ts';
import { createFileSource, type FileSource } from '../../src/tail/sources/file.ts';
import { ManualTicker } from './manual-ticker.ts';
import type { Reader } from './stage.ts';

const NOBODY = 65534;

export class SourceReader implements Reader {
  readonly #path: string;
  readonly #chunks: Buffer[] = [];
  readonly #cursors = new Map<string, string>();
  #source: FileSource | null = null;
  #ticker = new ManualTicker();
  #isAlive = { now: false };
  #frozen = false;
  #unprivileged = false;

  constructor(path: string) {
    this.#path = path;
  }

  async start(): Promise<void> {
    const life = { now: true };
    this.#isAlive = life;
    this.#ticker = new ManualTicker();
    const cursors: CursorStore = {
      load: (key) => JSON.parse(this.#cursors.get(key) ?? 'null') as Cursor | null,
      save: (key, cursor) => void (life.now && this.#cursors.set(key, JSON.stringify(cursor))),
    };
    const pulse = createPulse(this.#ticker, { watch: false });
    this.#source = createFileSource(
      { path: this.#path },
      { clock: systemClock, ticker: this.#ticker, pulse, cursors },
      { deliver: ({ bytes }) => void (life.now && this.#chunks.push(Buffer.from(bytes))) },
    );
    await this.#asReader(() => this.#source?.start());
  }

  async stop(): Promise<void> {
    await this.#asReader(() => this.#source?.stop());
  }

  /** Nothing it does from now on reaches the output or the saved position. */
  async kill(): Promise<void> {
    this.#isAlive.now = false;
    this.#ticker.clear();
    await this.#source?.stop();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
  }

  async catchUp(): Promise<void> {
    await this.#asReader(() => this.#source?.look());
  }

  async pass(ms: number): Promise<void> {
    if (this.#frozen) return;
    await this.#asReader(async () => {
      if (ms < 1500) await this.#source?.look();
      await this.#ticker.advance(ms);
    });
  }

  dropPrivileges(): void {
    this.#unprivileged = true;
  }

  output(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Root reads everything: to be refused, look at the files as somebody else. */
  async #asReader(act: () => Promise<void> | undefined): Promise<void> {
    const isRoot = this.#unprivileged && process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      await act();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }
}
