/** Reads request bodies of permitted callers, up to 16 MB: form, JSON or multipart. */
import type { IncomingMessage } from 'node:http';
import { isJson, type Json } from '../state/json.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** The raw bytes. Throws a RangeError above the limit. */
export async function readBytes(request: IncomingMessage, most = MAX_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > most) throw new RangeError('request body too large');
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** JSON objects unchanged, forms as strings, anything else as an empty object. */
export function parseFields(bytes: Uint8Array, contentType: string): Json {
  const body = new TextDecoder().decode(bytes);
  if (contentType.includes('application/json')) return parseJson(body);
  return Object.fromEntries(new URLSearchParams(body));
}

function parseJson(body: string): Json {
  try {
    const value: unknown = JSON.parse(body);
    return isJson(value) ? value : {};
  } catch {
    return {};
  }
}

/** The first file of a multipart body, or the body itself when it is not a form. */
export async function readUpload(request: IncomingMessage): Promise<Uint8Array> {
  const bytes = await readBytes(request);
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('multipart/form-data')) return bytes;
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  for (const [, value] of form) if (typeof value !== 'string') return new Uint8Array(await value.arrayBuffer());
  return new Uint8Array();
}
