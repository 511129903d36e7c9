/**
 * Reads a pattern's regular expression into a tree. The dialect is the part of RE2's that runs in linear time whatever
 * the input: no backreferences, no lookaround, repetition bounded by `MAX_REPEAT`. Everything else is refused with the
 * place and the reason, never guessed. Expressions run over bytes: a non-ASCII character is its UTF-8 bytes.
 */

/** One byte out of 256: `set[byte]` is 1 for members. */
export type ByteSet = Uint8Array;

export type RegexNode =
  /** Bytes that stand for themselves, each as the character of its number. */
  | { readonly kind: 'word'; readonly bytes: string }
  | { readonly kind: 'byte'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly of: RegexNode;
      readonly min: number;
      readonly max: number | null;
      readonly lazy: boolean;
    }
  | { readonly kind: 'capture'; readonly name: string; readonly of: RegexNode }
  | { readonly kind: 'end-of-line' };

/** The expression is outside the dialect. `at` is the 0-based offset in the expression. */
export class RegexRefused extends Error {
  override readonly name = 'RegexRefused';
  readonly at: number;
  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

const MAX_REPEAT = 256;
const MAX_DEPTH = 50;
const NEWLINE = 10;
const encoder = new TextEncoder();

function setOf(test: (byte: number) => boolean): ByteSet {
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) if (test(byte)) set[byte] = 1;
  return set;
}
/** Equal sets are the same object, so that what is asked of one need not be asked of each: of bytes, of `[…]` by its text. */
const ONLY: ByteSet[] = [];
/** The set of one byte alone. */
const only = (byte: number): ByteSet => (ONLY[byte] ??= new Uint8Array(256).fill(1, byte, byte + 1));
const BRACKETS = new Map<string, ByteSet>();
const within = (text: string) => setOf((byte) => byte < 128 && text.includes(String.fromCharCode(byte)));
const inverse = (set: ByteSet) => setOf((byte) => set[byte] === 0 && byte !== NEWLINE);

const DIGIT = within('0123456789');
const WORD = setOf((byte) => byte < 128 && /\w/.test(String.fromCharCode(byte)));
const SPACE = within(' \t\r\f\v');
const ANY = setOf((byte) => byte !== NEWLINE);
const CLASSES: Readonly<Record<string, ByteSet>> = {
  d: DIGIT,
  D: inverse(DIGIT),
  w: WORD,
  W: inverse(WORD),
  s: SPACE,
  S: inverse(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, r: 13, f: 12, v: 11 };
const REFUSED_GROUPS: readonly (readonly [string, string])[] = [
  ['?=', 'lookahead does not run in linear time; use `not` for what must not follow'],
  ['?!', 'lookahead does not run in linear time; use `not` for what must not follow'],
  ['?<=', 'lookbehind does not run in linear time'],
  ['?<!', 'lookbehind does not run in linear time'],
];

/** Letters that stand for themselves, as far as no repetition is asked of the last one. */
const PLAIN = /[^\\([.^$*+?{|)\n\u0080-\uffff]+(?![*+?{])/y;
const isRepetition = (char: string): boolean => char === '*' || char === '+' || char === '?' || char === '{';

/** @throws RegexRefused */
export function parseRegex(text: string): RegexNode {
  return new RegexReader(text).read();
}

class RegexReader {
  readonly #text: string;
  readonly #names = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) this.#refuse('a `)` without its `(`');
    return node;
  }

  #refuse(reason: string, at = this.#at): never {
    throw new RegexRefused(at, reason);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #choice(): RegexNode {
    if (++this.#depth > MAX_DEPTH) this.#refuse(`groups nested deeper than ${MAX_DEPTH}`);
    const branches = [this.#sequence()];
    while (this.#take('|')) branches.push(this.#sequence());
    this.#depth--;
    return branches.length === 1 && branches[0] !== undefined ? branches[0] : { kind: 'choice', branches };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    let word = '';
    const close = (): void => {
      if (word !== '') parts.push({ kind: 'word', bytes: word });
      word = '';
    };
    for (let char = this.#peek(); char !== '' && char !== '|' && char !== ')'; char = this.#peek()) {
      const part = this.#repeated(this.#atom(char));
      if (part.kind === 'word') word += part.bytes;
      else {
        close();
        parts.push(part);
      }
    }
    close();
    return { kind: 'sequence', parts };
  }

  #repeated(of: RegexNode): RegexNode {
    const at = this.#at;
    const bounds = this.#bounds();
    if (bounds === null) return of;
    if (of.kind === 'end-of-line') this.#refuse('`$` cannot be repeated', at);
    const lazy = this.#take('?');
    if (isRepetition(this.#peek())) this.#refuse('possessive or doubled repetition');
    return { kind: 'repeat', of, ...bounds, lazy };
  }

  #bounds(): { min: number; max: number | null } | null {
    const sign = this.#peek();
    if (!isRepetition(sign)) return null;
    if (sign !== '{') {
      this.#at++;
      return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : null };
    }
    const found = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.#text.slice(this.#at));
    if (found === null) this.#refuse('`{` that does not open a repetition: write `\\{`');
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? null : Number(found[3]);
    if (min > MAX_REPEAT || (max ?? 0) > MAX_REPEAT) this.#refuse(`repetition above ${MAX_REPEAT}`);
    if (max !== null && max < min) this.#refuse('repetition whose end is below its start');
    this.#at += found[0].length;
    return { min, max };
  }

  #atom(char: string): RegexNode {
    if (char === '(') return this.#group();
    if (char === '[') return { kind: 'byte', set: this.#class() };
    if (char === '.') {
      this.#at++;
      return { kind: 'byte', set: ANY };
    }
    if (char === '\\') return this.#escape();
    if (char === '^') this.#refuse('patterns already start at the message: drop the `^`');
    if (char === '$') {
      this.#at++;
      return { kind: 'end-of-line' };
    }
    if (isRepetition(char)) this.#refuse('nothing to repeat');
    if (char === '\n') this.#refuse('a line has no newline');
    return this.#literal();
  }

  #literal(): RegexNode {
    PLAIN.lastIndex = this.#at;
    const text = PLAIN.exec(this.#text)?.[0] ?? String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += text.length;
    return { kind: 'word', bytes: String.fromCharCode(...encoder.encode(text)) };
  }

  #escape(): RegexNode {
    const escaped = this.#escaped();
    if (typeof escaped !== 'number') return { kind: 'byte', set: escaped };
    return { kind: 'word', bytes: String.fromCharCode(escaped) };
  }

  /** A class, or one byte. */
  #escaped(): ByteSet | number {
    const letter = this.#text.charAt(this.#at + 1);
    if (letter === '') this.#refuse('a `\\` at the end');
    if (/[1-9k]/.test(letter)) this.#refuse('backreferences do not run in linear time');
    const known = CLASSES[letter];
    const control = CONTROLS[letter];
    if (known === undefined && control === undefined && /[A-Za-z0]/.test(letter)) {
      this.#refuse(`\\${letter} is not in the dialect`);
    }
    if (letter.charCodeAt(0) > 127) this.#refuse('only ASCII can be escaped');
    this.#at += 2;
    return known ?? control ?? letter.charCodeAt(0);
  }

  #group(): RegexNode {
    const at = this.#at;
    let name: string | null = null;
    if (!this.#take('(?:')) {
      const named = /^\(\?<([A-Za-z][A-Za-z0-9]*)>/.exec(this.#text.slice(this.#at));
      if (named === null) {
        const refused = REFUSED_GROUPS.find(([opening]) => this.#text.startsWith(opening, at + 1));
        this.#refuse(refused?.[1] ?? 'groups are `(?:…)` or `(?<name>…)`');
      }
      name = named[1] ?? '';
      if (this.#names.has(name)) this.#refuse(`two groups named ${name}`);
      this.#names.add(name);
      this.#at += named[0].length;
    }
    const of = this.#choice();
    if (!this.#take(')')) this.#refuse('a `(` without its `)`', at);
    return name === null ? of : { kind: 'capture', name, of };
  }

  #class(): ByteSet {
    const at = this.#at;
    this.#at++;
    const negated = this.#take('^');
    const members = new Uint8Array(256);
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#text.length) this.#refuse('a `[` without its `]`', at);
      this.#member(members);
    }
    this.#at++;
    const text = this.#text.slice(at, this.#at);
    const known = BRACKETS.get(text);
    if (known !== undefined) return known;
    const set = negated ? inverse(members) : members;
    BRACKETS.set(text, set);
    return set;
  }

  #member(members: Uint8Array): void {
    const at = this.#at;
    const low = this.#classByte();
    const isRange = this.#peek() === '-' && this.#text.charAt(this.#at + 1) !== ']';
    if (!isRange) {
      low.forEach((on, byte) => {
        if (on === 1) members[byte] = 1;
      });
      return;
    }
    this.#at++;
    const high = this.#classByte();
    const from = low.indexOf(1);
    const to = high.indexOf(1);
    const single = low.lastIndexOf(1) === from && high.lastIndexOf(1) === to;
    if (!single || to < from) this.#refuse('a range in `[…]` that is none', at);
    members.fill(1, from, to + 1);
  }

  #classByte(): ByteSet {
    const char = this.#peek();
    if (char === '\\') {
      const escaped = this.#escaped();
      return typeof escaped === 'number' ? only(escaped) : escaped;
    }
    if (char === '') this.#refuse('a `[` without its `]`');
    if (char.charCodeAt(0) > 127 || char === '\n') this.#refuse('`[…]` holds ASCII only');
    this.#at++;
    return only(char.charCodeAt(0));
  }
}
