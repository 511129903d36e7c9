/** Finds an interactive element anywhere in a block. */
import { isJson, type Json, jsonList } from '../state/json.ts';

export interface FoundElement {
  readonly element: Json;
  readonly blockId: string;
}

function elementsOf(block: Json): readonly Json[] {
  const single = [block.accessory, block.element].filter(isJson);
  return [...jsonList(block.elements), ...single];
}

/** Action ids are unique only within a block, so the block id decides between equal ones. */
export function findElement(blocks: readonly Json[], actionId: string, blockId?: string): FoundElement | undefined {
  for (const block of blocks) {
    if (blockId !== undefined && block.block_id !== blockId) continue;
    const element = elementsOf(block).find((one) => one.action_id === actionId);
    if (element !== undefined) return { element, blockId: String(block.block_id) };
  }
  return undefined;
}
