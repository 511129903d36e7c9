/** One HTTP/1.x answer out of the bytes a status page sent. Pure. */

export type HttpAnswer =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not-http' }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly keepsOpen: boolean };

/** `text` is latin1; `ended` tells that the server has closed, which completes an answer without a length. */
export function parseHttpAnswer(text: string, ended: boolean): HttpAnswer {
  const expected = 'HTTP/1.';
  if (!text.startsWith(expected.slice(0, text.length))) return { kind: 'not-http' };
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return { kind: 'incomplete' };
  const [statusLine = '', ...headers] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return { kind: 'not-http' };
  const fields = new Map(headers.map((line) => fieldOf(line)));
  const body = bodyOf(text.slice(headEnd + 4), fields, ended);
  if (body === 'malformed') return { kind: 'not-http' };
  if (body === 'incomplete') return { kind: 'incomplete' };
  return {
    kind: 'answer',
    status,
    body: body.text,
    keepsOpen: fields.get('connection')?.toLowerCase() !== 'close' && !ended,
  };
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

type Body = { readonly text: string } | 'incomplete' | 'malformed';

function bodyOf(rest: string, fields: ReadonlyMap<string, string>, ended: boolean): Body {
  if (fields.get('transfer-encoding')?.toLowerCase() === 'chunked') return dechunked(rest);
  const length = fields.get('content-length');
  if (length === undefined) return ended ? { text: rest } : 'incomplete';
  // Whatever else stands there must not become a negative end.
  if (!/^\d{1,9}$/.test(length)) return 'malformed';
  return rest.length >= Number(length) ? { text: rest.slice(0, Number(length)) } : 'incomplete';
}

/** `1a2b`, with extensions behind a semicolon (RFC 9112, 7.1). A sign would send the reader back, for ever. */
const CHUNK_SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i;

function dechunked(rest: string): Body {
  let text = '';
  let from = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', from);
    if (lineEnd < 0) return 'incomplete';
    const size = CHUNK_SIZE.exec(rest.slice(from, lineEnd))?.[1];
    if (size === undefined) return 'malformed';
    const length = Number.parseInt(size, 16);
    if (length === 0) return { text };
    const chunkEnd = lineEnd + 2 + length;
    if (chunkEnd > rest.length) return 'incomplete';
    text += rest.slice(lineEnd + 2, chunkEnd);
    from = chunkEnd + 2;
  }
}
