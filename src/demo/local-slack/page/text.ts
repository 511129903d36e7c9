/** Renders a text object, plain or mrkdwn. The style sheet keeps line breaks (`pre-wrap`). */
import { isJson } from '../state/json.ts';
import { withEmoji } from './emoji.ts';
import { type Html, html } from './html.ts';
import { mrkdwn } from './mrkdwn.ts';
import type { RenderContext } from './render-context.ts';

export function textObject(value: unknown, context: RenderContext): Html {
  if (!isJson(value)) return html``;
  const words = String(value.text ?? '');
  if (value.type === 'mrkdwn') return mrkdwn(words, context);
  return html`${value.emoji === false ? words : withEmoji(words)}`;
}

/** The plain text, for attributes and options. */
export function plainWords(value: unknown): string {
  return isJson(value) ? withEmoji(String(value.text ?? '')) : '';
}
