/** Renders the table block. The first row is the heading, as in Slack. */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { type Html, html } from './html.ts';
import type { RenderContext } from './render-context.ts';
import { richText } from './rich-text.ts';

function cell(value: Json, context: RenderContext): Html {
  return value.type === 'rich_text' ? richText(value, context) : html`${String(value.text ?? '')}`;
}

function columnClass(settings: unknown): string {
  if (!isJson(settings)) return '';
  const align = typeof settings.align === 'string' ? settings.align : 'left';
  return `${align}${settings.is_wrapped === true ? ' wrapped' : ''}`;
}

export function table(block: Json, context: RenderContext): Html {
  const settings: readonly unknown[] = Array.isArray(block.column_settings) ? block.column_settings : [];
  const rows: readonly unknown[] = Array.isArray(block.rows) ? block.rows : [];
  const [head = [], ...body] = rows.map((row) =>
    jsonList(row).map((value, at) => ({ inner: cell(value, context), style: columnClass(settings[at]) })),
  );
  return html`<div class="table"><table>
    <thead><tr>${head.map(({ inner, style }) => html`<th class="${style}">${inner}</th>`)}</tr></thead>
    <tbody>${body.map((row) => html`<tr>${row.map(({ inner, style }) => html`<td class="${style}">${inner}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
