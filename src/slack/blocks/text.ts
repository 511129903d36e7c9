/**
 * Makes every text that reaches Slack. Untrusted text goes into plain_text and rich_text, which parse nothing. In
 * mrkdwn only the literal parts are ours; every value is redacted and escaped.
 */
import { type ClientAddresses, escapeMarkup, publishable as published } from '../../core/redact.ts';
import type { Block, RichText } from './block.ts';
import { LIMITS } from './limits.ts';

let clientAddresses: ClientAddresses = 'mask';

/** `slack.clientAddresses` for the whole process, which serves one workspace. */
export function showClientAddresses(mode: ClientAddresses): void {
  clientAddresses = mode;
}

const publishable = (text: string, max: number): string => published(text, max, clientAddresses);

/** mrkdwn that is known to be safe. Only `date`, `user` and `mrkdwn` create it. */
export class Markup {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

/** ISO minute in UTC, the fallback where Slack cannot show local time. */
export const utcMinute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A time in the reader's time zone. */
export function date(at: number): Markup {
  return new Markup(`<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utcMinute(at)}>`);
}

/** A user as a mention. Any other string stays text. */
export function user(id: string): Markup {
  return /^[UW][A-Z0-9]{2,20}$/.test(id) ? new Markup(`<@${id}>`) : new Markup(escapeMarkup(publishable(id, 80)));
}

/** A link to a channel by its id. Any other string stays text. */
export function channel(id: string): Markup {
  return /^[CG][A-Z0-9]{2,20}$/.test(id) ? new Markup(`<#${id}>`) : new Markup(escapeMarkup(publishable(id, 80)));
}

/** A sentence of ours about people: the user id after `by` becomes a mention. Must not contain text of a log. */
export function people(text: string): Markup {
  const parts = text.split(/(?<=\bby )(?:<@)?([UW][A-Z0-9]{4,20})\b>?/);
  const shown = parts.map((part, index) =>
    index % 2 === 1 ? user(part).value : escapeMarkup(publishable(part, 1_000)),
  );
  return new Markup(shown.join(''));
}

/** Tagged template for mrkdwn: the literal parts are trusted, every value is redacted and escaped. */
export function mrkdwn(parts: TemplateStringsArray, ...values: readonly (string | number | Markup)[]): Markup {
  const shown = values.map((value) =>
    value instanceof Markup ? value.value : escapeMarkup(publishable(String(value), 1_000)),
  );
  return new Markup(parts.reduce((text, part, index) => `${text}${shown[index - 1] ?? ''}${part}`));
}

const markupText = (markup: Markup) => ({ type: 'mrkdwn', text: markup.value || ' ', verbatim: true }) as const;

export function plain(text: string, max: number = LIMITS.sectionText) {
  return { type: 'plain_text', text: publishable(text, max) || ' ', emoji: false } as const;
}

export const header = (text: string): Block => ({ type: 'header', text: plain(text, LIMITS.headerText) });
export const paragraph = (text: string): Block => ({ type: 'section', text: plain(text) });
export const section = (markup: Markup): Block => ({ type: 'section', text: markupText(markup) });
export const fields = (list: readonly Markup[]): Block => ({ type: 'section', fields: list.map(markupText) });

export function context(...elements: readonly (string | Markup)[]): Block {
  return {
    type: 'context',
    elements: elements.map((element) =>
      element instanceof Markup ? markupText(element) : plain(element, LIMITS.fieldText),
    ),
  };
}

const richText = (text: string, max: number) => ({ type: 'text', text: publishable(text, max) || ' ' }) as const;

/** A code block under a bold line. Slack parses neither. */
export function code(title: string, lines: string): Block {
  const block: RichText = {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ ...richText(title, 500), style: { bold: true } }] },
      { type: 'rich_text_preformatted', elements: [richText(lines, LIMITS.preformatted)] },
    ],
  };
  return block;
}

/** A bold line and a bullet list. */
export function bullets(title: string, items: readonly string[]): Block {
  const block: RichText = {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ ...richText(title, 500), style: { bold: true } }] },
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: items.map((item) => ({ type: 'rich_text_section', elements: [richText(item, 1_000)] })),
      },
    ],
  };
  return block;
}

/** A longer cell is a sentence and is wrapped. */
const WORD_CHARS = 30;

/** A table; the first row is the heading. Slack allows one in a message. */
export function table(rows: readonly (readonly string[])[]): Block {
  const shown = rows.slice(0, LIMITS.tableRows);
  const columns = Math.min(rows[0]?.length ?? 0, LIMITS.tableCells);
  return {
    type: 'table',
    // A sentence must not be cut at the edge of the table.
    column_settings: Array.from({ length: columns }, (_, column) => ({
      is_wrapped: shown.some((row) => (row[column]?.length ?? 0) > WORD_CHARS),
    })),
    rows: shown.map((row) =>
      row.slice(0, LIMITS.tableCells).map((cell) => ({ type: 'raw_text', text: publishable(cell, 300) || ' ' })),
    ),
  };
}

/** Mentions a user group. Only for a first post or a thread, because edits notify no person. */
export const callGroup = (groupId: string): Block => section(new Markup(`<!subteam^${groupId}>`));

/** The fallback text of a message. */
export const fallback = (text: string): string => escapeMarkup(publishable(text, LIMITS.fallbackText));
