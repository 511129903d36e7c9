/** Validates the content of a message: text, blocks, metadata. Used for chat.* calls and response URLs. */
import { checkBlocks } from '../block-kit/check-blocks.ts';
import type { Surface } from '../block-kit/surface.ts';
import { isJson, type Json, text } from '../state/json.ts';
import type { MessageContent } from '../state/messages.ts';
import type { Workspace } from '../state/workspace.ts';
import { SlackRefusal, structured } from './call.ts';

const MAX_TEXT = 40_000;

/** Throws `invalid_blocks` (in views `invalid_arguments`) with Slack's sentences when blocks violate a rule. */
export function readBlocks(value: unknown, surface: Surface, workspace: Workspace): readonly Json[] {
  const problems = checkBlocks(value, surface, { isImageFile: (id) => workspace.files.isImage(id) });
  const base = surface === 'message' ? '' : '/view';
  const first = problems[0];
  if (first !== undefined) {
    throw new SlackRefusal(
      first.error ?? (surface === 'message' ? 'invalid_blocks' : 'invalid_arguments'),
      problems.map((problem) => `[ERROR] ${problem.text} [json-pointer:${base}${problem.pointer}]`),
    );
  }
  return value as readonly Json[];
}

/** Text, blocks and metadata of a message. Refuses `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_metadata_format`. */
export function readContent(args: Json, workspace: Workspace): MessageContent {
  const body = text(args.text) ?? '';
  const given = structured(args, 'blocks');
  const blocks = given === undefined || given === null ? undefined : readBlocks(given, 'message', workspace);
  if (body === '' && (blocks === undefined || blocks.length === 0)) throw new SlackRefusal('no_text');
  if (body.length > MAX_TEXT) throw new SlackRefusal('msg_too_long');
  const metadata = readMetadata(args);
  return { text: body, ...(blocks ? { blocks } : {}), ...(metadata ? { metadata } : {}) };
}

function readMetadata(args: Json): Json | undefined {
  const metadata = structured(args, 'metadata');
  if (metadata === undefined || metadata === null) return undefined;
  const fits = isJson(metadata) && typeof metadata.event_type === 'string' && isJson(metadata.event_payload);
  if (!fits) throw new SlackRefusal('invalid_metadata_format');
  return metadata;
}
