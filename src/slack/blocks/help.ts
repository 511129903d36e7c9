/** Renders the help, refusals and other short answers. */

import type { types } from '@slack/bolt';
import { COMMAND, type Word } from '../commands/words.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks, LIMITS } from './limits.ts';
import { code, context, fallback, header, mrkdwn, paragraph, people, plain, section } from './text.ts';

const lineOf = ({ word, takes, does }: Word): string => `${`${word} ${takes}`.trim().padEnd(26)} ${does}`;

/** The help, from the word table. */
export function helpAnswer(words: readonly Word[]): Rendered {
  return {
    text: fallback(`${COMMAND}: ${words.map(({ word }) => word).join(', ')}`),
    blocks: fitBlocks([
      header(`${COMMAND} WORD`),
      code('Words', words.map(lineOf).join('\n')),
      context(
        mrkdwn`A host, or a pattern such as \`web-*\`, may follow every word. Answers are for you alone; \`public\` at the end shows them to the channel.`,
      ),
    ]),
  };
}

export function unknownAnswer(problem: string, near: string | null, words: readonly Word[]): Rendered {
  const guess = near === null ? '' : ` Did you mean “${near}”?`;
  const help = helpAnswer(words);
  return {
    text: fallback(`${problem}.${guess}`),
    blocks: fitBlocks([paragraph(`${problem}.${guess}`), ...help.blocks]),
  };
}

/** One sentence. */
export function shortAnswer(text: string): Rendered {
  return { text: fallback(text), blocks: [paragraph(text)] };
}

/** One sentence about a person's action. */
export function peopleAnswer(text: string): Rendered {
  return { text: fallback(text), blocks: [section(people(text))] };
}

/** Names the rule that refuses. */
export const refusal = (rule: string): Rendered => shortAnswer(`Not done. ${rule}`);

/** A short answer as a modal, where no message can be shown. */
export function noticeModal(blocks: readonly Block[]): types.ModalView {
  const title = plain('gapwatch', LIMITS.modalTitle);
  return { type: 'modal', title, close: plain('Close', LIMITS.modalTitle), blocks: fitBlocks(blocks, 'view') };
}
