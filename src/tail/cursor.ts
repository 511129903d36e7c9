/**
 * The schema of a follower's saved position: the files of the log that are not read to their end, the offset in each, and
 * how to recognise them and the files already read, under any name. It holds digests, no log text.
 */
import { z } from 'zod';

const Print = z.strictObject({
  length: z.int().nonnegative().describe('how many bytes were digested'),
  hash: z.string().describe('SHA-256, base64url'),
});
/** A digest of some bytes; of nothing it is empty. */
export type Print = z.infer<typeof Print>;

const GenerationRecord = z.strictObject({
  id: z.string().describe('`generation` of its batches'),
  identity: z.string().describe('dev:ino:birthtime of the file when it was opened'),
  offset: z.int().nonnegative().describe('bytes delivered: the start of the first line that is not'),
  head: Print.describe('of the first bytes, up to 256, of those before offset'),
  tail: Print.describe('of the last bytes, up to 1024, before offset'),
  lastWriteMs: z.number().describe('last known modification, ms since the epoch'),
});
/** One file that is or was the log. */
export type GenerationRecord = z.infer<typeof GenerationRecord>;

export const Cursor = z.strictObject({
  version: z.literal(1),
  path: z.string(),
  sinceMs: z.number().describe('files last written before this are none of ours'),
  open: z.array(GenerationRecord).describe('to be read on, oldest first'),
  closed: z.array(GenerationRecord).describe('read to their end, oldest first, bounded'),
  directories: z.array(z.string()).describe('where rotation has moved files to, besides the directory of the log'),
  targets: z.array(z.string()).default([]).describe('files the name led to while it was a symlink'),
});
export type Cursor = z.infer<typeof Cursor>;

/** Keeps one cursor a key (the followed path). */
export interface CursorStore {
  /** null when there is none; throws when one is there and cannot be read. */
  load(key: string): Cursor | null;
  /** Replaces the cursor at once or not at all, also when the process is killed meanwhile. */
  save(key: string, cursor: Cursor): void;
}
