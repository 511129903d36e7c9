/** Parses nginx's units (src/core/ngx_parse.c). Every function returns null where nginx would refuse the text. */

/** Whatever is longer is no number of anything. */
const LONGEST = 256;

const SECONDS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['M', 2_592_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/**
 * `1m30s`, `1h 5m`, `500ms`, `65` to milliseconds. Units may only get smaller; a bare number is seconds and comes last.
 * Directives that nginx keeps in seconds (`precision: 's'`) know `y` and `M` but no `ms`, the others the reverse.
 */
export function parseTimeMs(text: string, precision: 'ms' | 's' = 'ms'): number | null {
  if (text.length > LONGEST) return null;
  // `step` is the index in SECONDS of the last unit seen: nginx starts after `M` when it counts milliseconds.
  let step = precision === 's' ? -1 : 1;
  let total = 0;
  let rest = text;
  let digits = false;
  while (rest !== '') {
    const part = /^(\d*)(ms|[yMwdhms]| |$) */.exec(rest);
    if (part === null) return null;
    const [whole, number = '', unit = ''] = part;
    digits ||= number !== '';
    if (unit !== '') {
      const index = unit === ' ' ? 6 : SECONDS.findIndex(([name]) => name === unit);
      if (index <= step || (unit === 'ms' && precision === 's')) return null;
      step = unit === ' ' ? SECONDS.length : index;
      total += Number(number) * (unit === ' ' ? 1000 : (SECONDS[index]?.[1] ?? 0));
    } else total += Number(number) * 1000;
    rest = rest.slice(whole.length);
  }
  return digits && Number.isSafeInteger(total) ? total : null;
}

const SIZES: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `10k`, `1m` and, where nginx takes an offset, `1g` to bytes. */
export function parseSizeBytes(text: string): number | null {
  const part = text.length > LONGEST ? null : /^(\d+)([kmg]?)$/i.exec(text);
  const bytes = part === null ? Number.NaN : Number(part[1]) * (SIZES[(part[2] ?? '').toLowerCase()] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** `on` and `off`, in any case. */
export function parseFlag(text: string): boolean | null {
  const word = text.toLowerCase();
  return word === 'on' ? true : word === 'off' ? false : null;
}

/** A plain decimal number. */
export function parseCount(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
