/** HTML templates that cannot be injected: `html` escapes every value that is not Html already. */

export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** A value in a template. `false`, null and undefined print nothing. */
export type Part = Html | string | number | false | null | undefined | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');
}

function print(part: Part): string {
  if (part === false || part === null || part === undefined) return '';
  if (part instanceof Html) return part.markup;
  if (Array.isArray(part)) return (part as readonly Part[]).map(print).join('');
  return escapeHtml(String(part));
}

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((string, at) => string + print(parts[at])).join(''));
}

/** ` name="value"`, or nothing when there is no value. */
export function attribute(name: string, value: string | number | boolean | null | undefined): Html {
  if (value === undefined || value === null || value === false) return new Html('');
  return value === true ? new Html(` ${name}`) : html` ${new Html(name)}="${String(value)}"`;
}
