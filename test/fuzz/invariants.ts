/** What must hold for everything that reaches a person or another program, whatever came in. */
import { GapwatchError } from '../../src/core/errors.ts';
import { TAG } from './tokens.ts';

/** A text for a message; long ones are shown by their beginning. */
export function shown(text: string, around = 0): string {
  const from = Math.max(0, around - 80);
  return JSON.stringify(text.slice(from, from + 200));
}

export function assert(condition: boolean, words: string): asserts condition {
  if (!condition) throw new Error(words);
}

/** Nothing that a terminal, an editor or a reader takes for something else: control, format and separator characters. */
export function assertNoControls(text: string, what: string): void {
  const at = text.search(/(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  assert(at < 0, `${what} holds U+${text.codePointAt(at)?.toString(16)}: ${shown(text, at)}`);
}

export function assertShort(text: string, most: number, what: string): void {
  assert(text.length <= most, `${what} has ${text.length} characters, more than ${most}`);
}

/** The documented refusal, or null when there is none; anything else that is thrown is a bug. */
export function refusalOf(work: () => unknown): GapwatchError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof GapwatchError) || error.code === 'INTERNAL') throw error;
    return error;
  }
}

const TAGS = new Set(
  'a article aside b blockquote br button circle code details div fieldset figcaption figure footer form h1 h2 h3 header hr i img input label legend li line main nav ol optgroup option p path polygon polyline pre rect s section select small span summary svg table tbody td template text textarea th thead time title tr u ul'.split(
    ' ',
  ),
);
const ATTRIBUTE = /\s+([a-z][a-z0-9-]*)(?:="([^"<>]*)")?/iy;

/** The page's markup is ours: known elements, no handler, no address but of the web, mail and our own files. */
export function assertSafeHtml(html: string, what: string): void {
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const tag = /^<\/?([a-z][a-z0-9]*)/i.exec(html.slice(at, at + 24));
    assert(tag !== null && TAGS.has((tag[1] ?? '').toLowerCase()), `${what} has a foreign tag: ${shown(html, at)}`);
    let next = at + tag[0].length;
    ATTRIBUTE.lastIndex = next;
    for (let found = ATTRIBUTE.exec(html); found !== null; found = ATTRIBUTE.exec(html)) {
      const [, name = '', value = ''] = found;
      next = ATTRIBUTE.lastIndex;
      assert(!/^on/i.test(name) && name !== 'style' && name !== 'srcdoc', `${what} has ${name}: ${shown(html, at)}`);
      const isAddress = name === 'href' || name === 'src' || name === 'action';
      assert(!isAddress || /^(?:https?:\/\/|mailto:|\/files\/|#)/i.test(value), `${what} leads to ${shown(value)}`);
      ATTRIBUTE.lastIndex = next;
    }
    assert(/^\s*\/?>/.test(html.slice(next, next + 40)), `${what} has an open tag: ${shown(html, at)}`);
  }
  assert(!html.includes(TAG), `${what} holds ${TAG}`);
}
