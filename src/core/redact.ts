/**
 * Redacts text of logs, URLs, host names and configurations before it leaves the host: removes control and bidi
 * characters, secrets, full client addresses and Slack markup, and limits its length. Every pattern runs in linear time,
 * because attackers write the text.
 */

export type ClientAddresses = 'mask' | 'keep';

const MASK = '[redacted]';
const CUT_NOTE = '… (cut)';

/** Secrets with a known format, replaced completely. */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|hooks\.slack\.com\/[\w/-]+/gi,
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk-|[sr]k_(?:live|test)_|whsec_|npm_|dop_v1_|shpat_|SG\.|ya29\.|AIza|AKIA|ASIA)[\w.-]{12,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  // E-mail addresses; `name@1.service` is a unit of systemd.
  /[\w.%+-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,8}(?!(?:service|socket|target|timer|scope|slice|mount)\b)[a-z]{2,24}\b/gi,
];

/** Candidates for random secrets: runs of letters and digits, and base64. `isOpaque` decides. */
const RUNS: readonly RegExp[] = [/[\w+=~-]{16,}/g, /[A-Za-z0-9+/]{40,}={0,2}/g];
/** Digits with the length of a card number, also in groups. */
const CARD =
  /(?<!\d)(?:[2-6]\d{12,18}|[2-6]\d{3}([ -]|%20|\+)\d{4}\1\d{4}\1\d{1,4}|3\d{3}([ -]|%20|\+)\d{6}\2\d{4,5})(?!\d)/g;
/** Generated names that are no secrets: of Kubernetes (its alphabet has no vowels), and incident ids. */
const MADE_NAMES =
  /^(?:[a-z0-9-]*-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}|inc-[0-9a-z]+-[0-9a-z]+)$/;
/** Share of changes between small letters, capitals and digits. Random text has about 0.5, names have few. */
const MOST_CHANGES = 0.25;
const MOST_DIGITS = 20;

/** `name: value` in headers, query strings, cookies and configurations: only the value is replaced. */
const NAMED: readonly RegExp[] = [
  /(\b(?:set-)?cookie2?["']?(?:\s{0,4}[:=]\s{0,4}["']?|\s{1,4}["']))[^"'\r\n]+/gi,
  /(authorization["']?(?:\s{0,4}[:=]\s{0,4}["']?|\s{1,4}["']))[^"'\r\n]+/gi,
  /(authorization\s{1,4}(?:basic|bearer|digest|negotiate|token)\s{1,4})[^\s"';]+/gi,
  /(\b(?:bearer|basic)\s{1,4})(?=[\w.~+/=-]*[\d=])[\w.~+/=-]{8,}/gi,
  /((?:passw(?:or)?d|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|session|sessid|credential|signature|csrf|xsrf|jwt|cvv|iban|(?:card|account)[_-]?(?:no|number))[\w-]{0,20}["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"'&;,]+/gi,
  /((?<![a-z])(?:sid|auth|sig|otp|pin|pass|user|username|login|e?mail)["']?=["']?)[^\s"'&;,]+/gi,
  /(\blogin: ")[^"]*/g,
  /((?:(?:api|auth|access|secret)[-_](?:key|token)|secure_link_secret)["']?\s{1,8}["']?)[^\s"';]+/gi,
  // Links from mails: `/reset/TOKEN`, `/verify-email/TOKEN`.
  /(\/(?:reset|password|verif|confirm|activat|invit|token|magic|unsubscribe|recover)[\w-]{0,20}\/)[^\s/?"'<>&;,]{6,}/gi,
  // $remote_user of the combined format.
  /( - )(?!- )[^\s"[\]]{1,128}(?= \[\d\d\/[A-Z][a-z]{2}\/\d{4}:)/g,
];

const USERINFO = /([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,200}@/gi;
const QUERY = /\?[^\s"'<>?]*=[^\s"'<>]*/g;
const IPV4 = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\.?\d)/g;
const IPV6 = /(?<![\w:.])[0-9a-f:]{3,39}(?![\w.:])/gi;
/** Control, format (direction, zero width, tags) and separator characters except tab and line break; lone surrogates. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const LOOPBACK_OR_NONE = /^(?:127\.|0\.0\.0\.0$)/;
const PRIVATE = /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
const NAMES_CLIENT = /(?:\bclients?|remote_addr|forwarded[-_]for)["']?[:=]?\s{0,2}["'[]?$/i;
const NAMES_SERVER = /(?:\b(?:upstream|listen|server|peer|host|backend)["']?[:=]?\s{0,2}["'[]?(?:\w{3,10}:\/\/)?)$/i;

function isClient(text: string, start: number, isPrivate: boolean): boolean {
  const before = text.slice(Math.max(0, start - 32), start);
  if (NAMES_CLIENT.test(before)) return true;
  if (NAMES_SERVER.test(before)) return false;
  // The combined log format starts with the client address.
  const opensLine =
    (start === 0 || text[start - 1] === '\n') &&
    /^[\w.:]{3,39} \S{1,64} \S{1,64} \[/.test(text.slice(start, start + 180));
  return opensLine || !isPrivate;
}

function maskAddresses(text: string): string {
  const v6 = text.replace(IPV6, (address, start: number, whole: string) => {
    const groups = address.split(':');
    const isAddress = address.includes('::') ? groups.length <= 9 && groups.length >= 3 : groups.length === 8;
    if (!isAddress || /^::1?$/.test(address)) return address;
    if (!isClient(whole, start, /^f[cde]/i.test(address))) return address;
    return `${groups.slice(0, 2).join(':')}::x`;
  });
  return v6.replace(IPV4, (address, a: string, b: string, c: string, _d: string, start: number, whole: string) => {
    if (LOOPBACK_OR_NONE.test(address) || !isClient(whole, start, PRIVATE.test(address))) return address;
    return `${a}.${b}.${c}.x`;
  });
}

/** True for text that looks random: many changes between kinds of characters, or a long run of digits. */
function isOpaque(run: string): boolean {
  if (MADE_NAMES.test(run)) return false;
  let [signs, digits, changes, before] = [0, 0, 0, ''];
  for (const sign of run) {
    const kind = sign >= '0' && sign <= '9' ? 'digit' : sign >= 'a' && sign <= 'z' ? 'small' : 'large';
    if (!/[A-Za-z0-9]/.test(sign)) {
      before = '';
      continue;
    }
    signs++;
    if (kind === 'digit') digits++;
    // A capital before a small letter starts a word and does not count.
    if (before !== '' && kind !== before && !(before === 'large' && kind === 'small')) changes++;
    before = kind;
  }
  return changes >= MOST_CHANGES * Math.max(signs, 12) || digits >= MOST_DIGITS;
}

/** Verifies the check digit of ISO/IEC 7812. One number in ten passes by chance. */
function isCard(text: string): boolean {
  const digits = text.replaceAll(/%20|\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (1 + (i % 2));
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** Replaces secrets, query values, cookies and, unless kept, client addresses. */
export function redact(text: string, clientAddresses: ClientAddresses = 'mask'): string {
  let clean = text;
  for (const shape of SHAPES) clean = clean.replace(shape, MASK);
  clean = clean.replace(CARD, (number) => (isCard(number) ? MASK : number));
  for (const run of RUNS) clean = clean.replace(run, (word) => (isOpaque(word) ? MASK : word));
  clean = clean.replace(USERINFO, `$1${MASK}@`);
  clean = clean.replace(QUERY, (query) => query.replace(/=[^&#]*/g, '=…'));
  for (const named of NAMED) clean = clean.replace(named, `$1${MASK}`);
  return clientAddresses === 'keep' ? clean : maskAddresses(clean);
}

/** Redacts all strings in a plain value. */
export function redactAll<T>(value: T, clientAddresses: ClientAddresses = 'mask'): T {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return redact(part, clientAddresses);
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, visit(inner)]));
  };
  // Only strings change, so the type stays the same.
  return visit(value) as T;
}

/** Limits `text` to `max` UTF-16 units and marks a cut. It never splits a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = CUT_NOTE.length < max ? CUT_NOTE : '…'.slice(0, max);
  let end = max - tail.length;
  if (/[\ud800-\udbff]/.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end) + tail;
}

/** Escapes the three control characters of Slack, without which `mrkdwn` text cannot mention or link. */
export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Redacts, makes visible and limits text for elements without markup (plain_text, rich_text). */
export function publishable(text: string, max: number, clientAddresses: ClientAddresses = 'mask'): string {
  // Limits the work. The margin keeps a secret at the cut long enough to be recognised.
  const bounded = text.length > max + 2_048 ? text.slice(0, max + 2_048) : text;
  return cut(redact(bounded.replace(UNSEEN, '\ufffd'), clientAddresses), max);
}
