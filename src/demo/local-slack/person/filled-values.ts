/** Computes `state.values` of a surface: the value of every stateful element, as the app receives it. */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { type Choice, chosenValue } from './chosen-value.ts';

/** Block id → action id → the person's choice. */
export type Filled = Readonly<Record<string, Readonly<Record<string, Choice>>>>;

const STATELESS = new Set(['button', 'overflow', 'image', 'plain_text', 'mrkdwn']);

interface Stateful {
  readonly blockId: string;
  readonly element: Json;
  /** An input block that must not be empty. */
  readonly required: boolean;
}

function statefulElements(blocks: readonly Json[]): readonly Stateful[] {
  return blocks.flatMap((block) => {
    const single = [block.accessory, block.element].filter(isJson);
    return [...jsonList(block.elements), ...single]
      .filter((element) => element.action_id !== undefined && !STATELESS.has(String(element.type)))
      .map((element) => ({
        blockId: String(block.block_id),
        element,
        required: block.type === 'input' && block.optional !== true,
      }));
  });
}

export function filledValues(blocks: readonly Json[], filled: Filled): Json {
  const values: Record<string, Record<string, Json>> = {};
  for (const { blockId, element } of statefulElements(blocks)) {
    const id = String(element.action_id);
    const inBlock = values[blockId] ?? {};
    values[blockId] = inBlock;
    inBlock[id] = { type: element.type, ...chosenValue(element, filled[blockId]?.[id] ?? null) };
  }
  return values;
}

function isEmpty(value: Json): boolean {
  const { type: _type, ...rest } = value;
  return Object.values(rest).every((one) => one === null || one === '' || (Array.isArray(one) && one.length === 0));
}

/** Errors that Slack's client itself reports, without the app: block id → problem. */
export function missingFields(blocks: readonly Json[], filled: Filled): Readonly<Record<string, string>> {
  const missing = statefulElements(blocks).filter(
    ({ element, blockId, required }) =>
      required && isEmpty(chosenValue(element, filled[blockId]?.[String(element.action_id)] ?? null)),
  );
  return Object.fromEntries(missing.map(({ blockId }) => [blockId, 'Please complete this required field.']));
}
