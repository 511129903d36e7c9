/**
 * The one way for text that came from a log, a URL, a host name or a config to reach people outside the host: no
 * control or direction characters, no secrets, no full client addresses, no Slack markup, no more than the room there
 * is. Every pattern works in linear time: the text is written by attackers.
 */

export type ClientAddresses = 'mask' | 'keep';

const MASK = '[redacted]';
const CUT_NOTE = '… (cut)';

/** Whole secrets by their shape: replaced completely. */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|hooks\.slack\.com\/[\w/-]+/gi,
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk-|AKIA|ASIA)[\w-]{12,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  // Opaque words: 32 or more letters and digits mixed, as session ids and hashes are.
  /(?<!\w)(?=[A-Za-z_]{0,64}\d)(?=[\d_]{0,64}[A-Za-z])\w{32,}/g,
];

/** `name: value` in headers, query strings, cookies and configs: the name stays, the value goes. */
const NAMED: readonly RegExp[] = [
  /(\b(?:set-)?cookie2?["']?(?:\s{0,4}[:=]\s{0,4}["']?|\s{1,4}["']))[^"'\r\n]+/gi,
  /(authorization["']?(?:\s{0,4}[:=]\s{0,4}["']?|\s{1,4}["']))[^"'\r\n]+/gi,
  /(authorization\s{1,4}(?:basic|bearer|digest|negotiate|token)\s{1,4})[^\s"';]+/gi,
  /(\b(?:bearer|basic)\s{1,4})(?=[\w.~+/=-]*[\d=])[\w.~+/=-]{8,}/gi,
  /((?:passw(?:or)?d|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|session|credential|signature|csrf|jwt)[\w-]{0,20}["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"'&;,]+/gi,
  /((?<![a-z])(?:sid|auth|sig|otp)["']?=["']?)[^\s"'&;,]+/gi,
  /((?:(?:api|auth|access|secret)[-_](?:key|token)|secure_link_secret)["']?\s{1,8}["']?)[^\s"';]+/gi,
];

const USERINFO = /([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,200}@/gi;
const QUERY = /\?[^\s"'<>?]*=[^\s"'<>]*/g;
const IPV4 = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\.?\d)/g;
const IPV6 = /(?<![\w:.])[0-9a-f:]{3,39}(?![\w.:])/gi;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

const LOOPBACK_OR_NONE = /^(?:127\.|0\.0\.0\.0$)/;
const PRIVATE = /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
const NAMES_CLIENT = /(?:\bclients?|remote_addr|forwarded[-_]for)["']?[:=]?\s{0,2}["'[]?$/i;
const NAMES_SERVER = /(?:\b(?:upstream|listen|server|peer|host|backend)["']?[:=]?\s{0,2}["'[]?(?:\w{3,10}:\/\/)?)$/i;

function isClient(text: string, start: number, isPrivate: boolean): boolean {
  const before = text.slice(Math.max(0, start - 32), start);
  if (NAMES_CLIENT.test(before)) return true;
  if (NAMES_SERVER.test(before)) return false;
  // The combined log format opens with the client's address.
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

/** Takes secrets, query values, cookies and (unless kept) client addresses out of `text`; never longer than needed. */
export function redact(text: string, clientAddresses: ClientAddresses = 'mask'): string {
  let clean = text;
  for (const shape of SHAPES) clean = clean.replace(shape, MASK);
  clean = clean.replace(USERINFO, `$1${MASK}@`);
  clean = clean.replace(QUERY, (query) => query.replace(/=[^&#]*/g, '=…'));
  for (const named of NAMED) clean = clean.replace(named, `$1${MASK}`);
  return clientAddresses === 'keep' ? clean : maskAddresses(clean);
}

/** At most `max` UTF-16 units; what was cut says so. Never splits a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = CUT_NOTE.length < max ? CUT_NOTE : '…'.slice(0, max);
  let end = max - tail.length;
  if (/[\ud800-\udbff]/.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end) + tail;
}

/** Slack's three control characters; nothing else is special inside `mrkdwn` that could ping or link. */
export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Redacted, visible, and at most `max` long: for places that know no markup (plain_text, rich_text). */
export function publishable(text: string, max: number, clientAddresses: ClientAddresses = 'mask'): string {
  // A bound on the work: what lies further on is not shown, and a secret that reaches into view is still whole enough.
  const bounded = text.length > max + 2_048 ? text.slice(0, max + 2_048) : text;
  return cut(redact(bounded.replace(UNSEEN, '\ufffd'), clientAddresses), max);
}
