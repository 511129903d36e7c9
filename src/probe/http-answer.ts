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
  if (body === null) return { kind: 'incomplete' };
  return { kind: 'answer', status, body, keepsOpen: fields.get('connection')?.toLowerCase() !== 'close' && !ended };
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyOf(rest: string, fields: ReadonlyMap<string, string>, ended: boolean): string | null {
  if (fields.get('transfer-encoding')?.toLowerCase() === 'chunked') return dechunked(rest);
  const length = fields.get('content-length');
  if (length === undefined) return ended ? rest : null;
  return rest.length >= Number(length) ? rest.slice(0, Number(length)) : null;
}

function dechunked(rest: string): string | null {
  let body = '';
  let from = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', from);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.slice(from, lineEnd), 16);
    if (Number.isNaN(size) || size === 0) return body;
    const chunkEnd = lineEnd + 2 + size;
    if (chunkEnd > rest.length) return null;
    body += rest.slice(lineEnd + 2, chunkEnd);
    from = chunkEnd + 2;
  }
}
