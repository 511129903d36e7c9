/** A text object, plain or mrkdwn. Line breaks are kept by the style sheet (`pre-wrap`). */
import { isJson } from '../state/json.ts';
import { withEmoji } from './emoji.ts';
import { type Html, html } from './html.ts';
import type { Looks } from './looks.ts';
import { mrkdwn } from './mrkdwn.ts';

export function textObject(value: unknown, looks: Looks): Html {
  if (!isJson(value)) return html``;
  const words = String(value.text ?? '');
  if (value.type === 'mrkdwn') return mrkdwn(words, looks);
  return html`${value.emoji === false ? words : withEmoji(words)}`;
}

/** Just the words, for attributes and options. */
export function plainWords(value: unknown): string {
  return isJson(value) ? withEmoji(String(value.text ?? '')) : '';
}
