/**
 * Generates a byte scanner for one log_format: straight-line code that does not read the plan. Only numbers are inserted
 * into its source, so text of a config never becomes code.
 */
import { type Escape, type Step, WANTED, type WantedField } from './line-plan.ts';

/** Index in `out` of the number of a field, or of its start and end. */
export const SLOT = Object.fromEntries(WANTED.map((field, i) => [field, i * 2])) as Readonly<
  Record<WantedField, number>
>;
export const SLOTS = WANTED.length * 2;

/**
 * Reads the line at `from`, which must end in a newline. Returns the offset after what it read, or, for a line that
 * does not fit, the complement (`~`) of an offset in it. `view` shows the same bytes. `status` is left in `out` as a number and `request_time` as
 * whole milliseconds (−1 when not a number), the other fields as start and end offset.
 */
export type Scanner = (bytes: Uint8Array, view: DataView, from: number, out: Int32Array) => number;

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const FAIL = 'return ~p;';
/** Nonzero if one of the four bytes of the word is zero. */
const hasZero = (word: string): string => `(${word}-16843009&~${word}&-2139062144)`;
/**
 * Passes four bytes at a time over what is neither a quote nor a newline: with the bits in which these two differ set,
 * both are 0x2a. An asterisk is as well; the byte loop below checks it again.
 */
const PASS_QUOTED = `while(p<=e&&(t=(w.getInt32(p,true)|0x28282828)^0x2a2a2a2a,${hasZero('t')}===0))p+=4;`;
/** The same for escape=json, which also stops at a backslash. */
const PASS_JSON =
  `while(p<=e&&(v=w.getInt32(p,true),t=(v|0x28282828)^0x2a2a2a2a,v^=0x5c5c5c5c,` +
  `(${hasZero('t')}|${hasZero('v')})===0))p+=4;`;
const utf8 = new TextEncoder();

/** Source that compares each byte of `text`. */
const equalsAt = (text: string, skip = 0): string =>
  [...utf8.encode(text)].map((byte, i) => `b[p+${i + skip}]===${byte}`).join('&&');

/** Source that checks each digit and mark, so that neither client text nor a truncated line passes as a time stamp. */
const looksLike = (sample: string): string =>
  [...sample]
    .map((char, i) =>
      /\d/.test(char) ? `(b[p+${i}]-48)>>>0<10` : /[^\w+]/.test(char) ? `b[p+${i}]===${char.charCodeAt(0)}` : '',
    )
    .filter((check) => check !== '')
    .join('&&');

function numberSource(field: WantedField | null): string {
  if (field === null) return 'while((c=b[p]-48)>>>0<10||c===-2||c===-3)p++;';
  const slot = SLOT[field];
  const whole = 'v=0;s=p;while((c=b[p]-48)>>>0<10){v=v*10+c|0;p++;}';
  if (field === 'status') return `${whole}if(s===p){if(b[p]!==45)${FAIL}p++;}o[${slot}]=v;`;
  const millis = 'if(c===-2){p++;t=100;v=v*1000|0;while((c=b[p]-48)>>>0<10){v+=c*t;t=t/10|0;p++;}}else v=v*1000|0;';
  return `${whole}if(s===p){if(b[p]!==45)${FAIL}p++;v=-1;}else{${millis}}o[${slot}]=v;`;
}

/** A literal counts as the end of a field only if what is known of the text after it fits as well. */
function lookAhead(steps: readonly Step[], at: number): string {
  const [stamp, literal] = [steps[at + 2], steps[at + 3]];
  const until = (steps[at] as { until: string }).until;
  if (stamp?.kind !== 'stamp' || literal?.kind !== 'literal') return '';
  return `&&${equalsAt(literal.text, utf8.encode(until).length + stamp.sample.length)}`;
}

function textSource(step: Extract<Step, { kind: 'text' }>, ahead: string, escaping: Escape): string {
  const slot = step.field === null ? null : SLOT[step.field];
  const store = slot === null ? '' : `o[${slot}]=s;o[${slot + 1}]=p;`;
  if (step.until === '') return `s=p;while(b[p]!==${NEWLINE})p++;${store}`;
  const first = utf8.encode(step.until)[0] ?? 0;
  const rest = step.until.length > 1 || ahead !== '' ? `if(${equalsAt(step.until)}${ahead})break;` : 'break;';
  const escapes = escaping === 'json' ? `if(c===${BACKSLASH}){if(b[++p]!==${NEWLINE})p++;continue;}` : '';
  // The separators `, ` and ` : ` of an upstream list do not end it.
  const inList =
    step.list && first === 32 ? 'if(b[p-1]===44){p++;continue;}if(b[p+1]===58&&b[p+2]===32){p+=3;continue;}' : '';
  // nginx escapes quotes inside a quoted field, so the first bare quote must end it.
  const wrong = first === QUOTE && escaping !== 'none' ? FAIL : 'p++;';
  // The fast loop is only for unwanted fields: wanted ones are a few bytes long.
  const quoted = first === QUOTE && escaping !== 'none' && slot === null;
  const pass = quoted ? (escaping === 'json' ? PASS_JSON : PASS_QUOTED) : '';
  return `s=p;for(;;){${pass}c=b[p];${escapes}if(c===${first}){${inList}${rest}${wrong}}else if(c===${NEWLINE})${FAIL}else p++;}${store}`;
}

function sourceOf(step: Step, at: number, steps: readonly Step[], escaping: Escape): string {
  switch (step.kind) {
    case 'literal': {
      const length = utf8.encode(step.text).length;
      return `if(!(${equalsAt(step.text)}))${FAIL}p+=${length};`;
    }
    case 'stamp':
      return `if(!(${looksLike(step.sample)}))${FAIL}p+=${step.sample.length};`;
    case 'number':
      return numberSource(step.field);
    case 'text':
      return textSource(step, lookAhead(steps, at), escaping);
  }
}

export function createScanner(steps: readonly Step[], escaping: Escape): Scanner {
  const body = steps.map((step, at) => sourceOf(step, at, steps, escaping)).join('\n');
  return new Function('b', 'w', 'p', 'o', `let c=0,v=0,s=0,t=0,e=b.length-4;\n${body}\nreturn p;`) as Scanner;
}
