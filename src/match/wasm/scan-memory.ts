/**
 * The memory that the matcher's WebAssembly works on: its tables, and the text under scan. Only this file
 * assigns addresses, in bytes.
 */
import { BEGINNINGS_BYTES } from '../decided-beginnings.ts';
import { SPACE_BYTES } from '../line-scanner.ts';
import { type Memory, memoryOf } from './webassembly.ts';

const PAGE = 64 * 1024;

/** skip-walk.ts */
export const SKIP_TABLES = 0;
export const SKIP_TABLES_BYTES = 2 * PAGE;
/** known-lines.ts: the lines last looked at, and the levels. */
export const LINE_TABLES = SKIP_TABLES + SKIP_TABLES_BYTES;
const LINE_TABLES_BYTES = PAGE;
/** A piece of a text that is in other memory. */
const COPIED = LINE_TABLES + LINE_TABLES_BYTES;
const COPIED_BYTES = PAGE;
/** Text that its reader reads straight into it. Reads of words pass its end a little, so it is not the last. */
const SPACE = COPIED + COPIED_BYTES;
export const BEGINNINGS = SPACE + SPACE_BYTES;
const PAGES = Math.ceil((BEGINNINGS + BEGINNINGS_BYTES) / PAGE);

export class ScanMemory {
  readonly memory: Memory;
  /** Text in here is scanned without a copy. */
  readonly space: Buffer;
  /** Room for a piece of any other. */
  readonly copied: Buffer;

  /** null where there is no WebAssembly: `node --jitless`, or too little address space (`ulimit -v`). */
  static create(): ScanMemory | null {
    try {
      return new ScanMemory(memoryOf(PAGES));
    } catch {
      return null;
    }
  }

  private constructor(memory: Memory) {
    this.memory = memory;
    this.space = Buffer.from(this.memory.buffer, SPACE, SPACE_BYTES);
    this.copied = Buffer.from(this.memory.buffer, COPIED, COPIED_BYTES);
  }

  holds(text: Uint8Array): boolean {
    return text.buffer === this.memory.buffer;
  }
}
