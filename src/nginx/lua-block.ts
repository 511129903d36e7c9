/**
 * Finds the end of a `*_by_lua_block` as Lua reads it: braces count; strings, long brackets and comments do not (Lua 5.1
 * llex.c). Linear in the text, also when brackets stay open.
 */

const TOKEN = /[{}"']|--(?:\[(=*)\[)?|\[(=*)\[/g;
const CLOSING = /\](=*)(?=\])/g;
const BITS: Readonly<Record<string, number>> = { '"': 1, "'": 2 };

export interface LuaReader {
  /** Index of the brace that closes the block whose code begins at `from`; null when none does. */
  blockEnd(from: number): number | null;
}

export function createLuaReader(text: string): LuaReader {
  /** The last `]=]` of each level: a later opening bracket opens nothing. */
  let lastClosings: Map<number, number> | null = null;
  /** Bits of the quotes whose string, read from there, does not end on its line. */
  let open: Uint8Array | null = null;

  function closings(): ReadonlyMap<number, number> {
    if (lastClosings !== null) return lastClosings;
    lastClosings = new Map();
    CLOSING.lastIndex = 0;
    for (let found = CLOSING.exec(text); found; found = CLOSING.exec(text))
      lastClosings.set(found[1]?.length ?? 0, found.index);
    return lastClosings;
  }

  /** Index behind the long bracket whose text begins at `from`; null when it is never closed. */
  function longEnd(from: number, level: number): number | null {
    if ((closings().get(level) ?? -1) < from) return null;
    return text.indexOf(`]${'='.repeat(level)}]`, from) + level + 2;
  }

  /** Index behind the closing quote; null when the line ends before it. */
  function stringEnd(from: number, quote: string): number | null {
    const bit = BITS[quote] ?? 0;
    let at = from;
    while (at < text.length && text[at] !== '\n' && ((open?.[at] ?? 0) & bit) === 0) {
      if (text[at] === quote) return at + 1;
      at += text[at] === '\\' ? 2 : 1;
    }
    open ??= new Uint8Array(text.length);
    for (let passed = from; passed < at; passed += text[passed] === '\\' ? 2 : 1)
      open[passed] = (open[passed] ?? 0) | bit;
    return null;
  }

  function lineEnd(from: number): number {
    const end = text.indexOf('\n', from);
    return end < 0 ? text.length : end;
  }

  /** Where to read on behind a token that is no brace. */
  function behind([token, afterComment, level]: RegExpExecArray, at: number): number {
    const end = at + token.length;
    if (token === '"' || token === "'") return stringEnd(end, token) ?? end;
    if (afterComment !== undefined) return longEnd(end, afterComment.length) ?? lineEnd(at);
    return level === undefined ? lineEnd(at) : (longEnd(end, level.length) ?? at + 1);
  }

  return {
    blockEnd(from) {
      let depth = 1;
      TOKEN.lastIndex = from;
      for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
        const { index } = found;
        if (found[0] === '{') depth += 1;
        else if (found[0] !== '}') TOKEN.lastIndex = behind(found, index);
        else if (depth === 1) return index;
        else depth -= 1;
      }
      return null;
    },
  };
}
