import fc from 'fast-check';
import { messagesOf } from '../../slack/support/every-message.ts';
import { judgeBlocks } from '../../slack/support/judge-blocks.ts';
import { errorLogs } from '../corpora.ts';
import { assert } from '../invariants.ts';
import { mutated } from '../mutations.ts';
import { judgePage } from '../page.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const line = mutated(errorLogs().map((text) => text.slice(0, 600)));
const words = fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));

interface Input {
  readonly text: string;
  /** Which of the messages is made. */
  readonly message: number;
}

export const target = defineTarget<Input>({
  about: 'one text in every place of a message or view → blocks → the local page',
  inputs: fc.record({ text: fc.oneof(line, words), message: fc.nat(12) }),
  ofText: (text) => ({ text, message: text.length % 13 }),
  check({ text, message }) {
    const render = messagesOf(text)[message];
    assert(render !== undefined, `there is no message ${message}`);
    const shown = render();
    judgeBlocks(shown, { withMentions: true });
    judgePage(shown);
  },
});
