/**
 * Parses one HTTP/1.x answer of a status page, piece by piece. Each byte is read once. Refuses answers longer than any
 * status page. Pure.
 */

export type HttpAnswer =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not-http' }
  /** HTTP, but no answer that a status page gives; `detail` is a clause about it. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly keepsOpen: boolean };

/** A status page is 100 bytes, what others put around it a few hundred more. */
export const MAX_ANSWER_BYTES = 65_536;

const START = 'HTTP/1.';
/** `1a2b`, with extensions behind a semicolon (RFC 9112, 7.1). A sign would send the reader back, for ever. */
const CHUNK_SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i;

const INCOMPLETE: HttpAnswer = { kind: 'incomplete' };
const NOT_HTTP: HttpAnswer = { kind: 'not-http' };

type State = 'status' | 'field' | 'length' | 'close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'done';

export class AnswerReader {
  #state: State = 'status';
  #bytes = 0;
  /** Why it is no answer; null as long as it may become one. */
  #fault: HttpAnswer | null = null;
  #line: string[] = [];
  /** The first characters, which tell what is not HTTP before its first line ends. */
  #start = '';
  #status = 0;
  #fields = new Map<string, string>();
  #body: string[] = [];
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #isFollowed = false;

  get bytes(): number {
    return this.#bytes;
  }

  /** Latin-1 text. What comes after the answer, or after a fault, is dropped. */
  push(text: string): void {
    this.#bytes += text.length;
    if (this.#start.length < START.length) this.#begin(text);
    for (let at = 0; at < text.length && this.#fault === null; ) {
      if (this.#state === 'done') {
        this.#isFollowed = true;
        return;
      }
      at = this.#isInBody() ? this.#takeBody(text, at) : this.#takeLine(text, at);
    }
    if (this.#state !== 'done' && this.#bytes > MAX_ANSWER_BYTES)
      this.#refuse(`is longer than ${MAX_ANSWER_BYTES} bytes`);
  }

  /** `ended`: the server has closed, which completes an answer without a length. */
  answer(ended: boolean): HttpAnswer {
    if (this.#fault !== null) return this.#fault;
    if (this.#state !== 'done' && !(ended && this.#state === 'close')) return INCOMPLETE;
    const closes = ended || this.#isFollowed || this.#fields.get('connection')?.toLowerCase() === 'close';
    return { kind: 'answer', status: this.#status, body: this.#body.join(''), keepsOpen: !closes };
  }

  #begin(text: string): void {
    this.#start += text.slice(0, START.length - this.#start.length);
    if (!START.startsWith(this.#start)) this.#fault = NOT_HTTP;
  }

  #refuse(detail: string): void {
    this.#fault ??= { kind: 'refused', detail };
  }

  #isInBody(): boolean {
    return this.#state === 'length' || this.#state === 'chunk' || this.#state === 'close';
  }

  #takeBody(text: string, at: number): number {
    const end = this.#state === 'close' ? text.length : Math.min(text.length, at + this.#left);
    this.#body.push(text.slice(at, end));
    this.#left -= end - at;
    if (this.#state !== 'close' && this.#left === 0) this.#state = this.#state === 'length' ? 'done' : 'chunk-end';
    return end;
  }

  #takeLine(text: string, at: number): number {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    this.#line.push(text.slice(at, end));
    if (newline < 0) return end;
    const line = this.#line.join('').replace(/\r$/, '');
    this.#line = [];
    this.#readLine(line);
    return newline + 1;
  }

  #readLine(line: string): void {
    if (this.#state === 'status') this.#readStatus(line);
    else if (this.#state === 'field') this.#readField(line);
    else if (this.#state === 'chunk-size') this.#readSize(line);
    else if (this.#state === 'trailer') this.#state = line === '' ? 'done' : 'trailer';
    else if (line === '') this.#state = 'chunk-size';
    else this.#fault = NOT_HTTP;
  }

  #readStatus(line: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(line)?.[1];
    if (status === undefined) this.#fault = NOT_HTTP;
    this.#status = Number(status);
    this.#fields = new Map();
    this.#state = 'field';
  }

  #readField(line: string): void {
    if (line === '') {
      this.#beginBody();
      return;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-length' && (this.#fields.get(name) ?? value) !== value) this.#fault = NOT_HTTP;
    this.#fields.set(name, value);
  }

  #beginBody(): void {
    // Interim answers (RFC 9110, 15.2): the final one follows.
    if (this.#status < 200 && this.#status !== 101) {
      this.#state = 'status';
      return;
    }
    const coding = this.#fields.get('transfer-encoding')?.toLowerCase();
    const length = this.#fields.get('content-length');
    if (coding === 'chunked') this.#state = 'chunk-size';
    else if (coding !== undefined) this.#refuse('has an unknown Transfer-Encoding');
    else if (length === undefined) this.#state = 'close';
    else this.#beginLength(length);
  }

  /** Any other text must not become a negative end. */
  #beginLength(length: string): void {
    if (!/^\d{1,9}$/.test(length)) this.#fault = NOT_HTTP;
    else if (Number(length) > MAX_ANSWER_BYTES) this.#refuse(`says that it is ${length} bytes long`);
    this.#left = Number(length);
    this.#state = this.#left === 0 ? 'done' : 'length';
  }

  #readSize(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) this.#fault = NOT_HTTP;
    this.#left = Number.parseInt(size ?? '0', 16);
    if (this.#left > MAX_ANSWER_BYTES) this.#refuse(`says that a chunk is ${this.#left} bytes long`);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
  }
}

/** All of `text` at once. */
export function parseHttpAnswer(text: string, ended: boolean): HttpAnswer {
  const reader = new AnswerReader();
  reader.push(text);
  return reader.answer(ended);
}
