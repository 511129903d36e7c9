import assert from 'node:assert/strict';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOG_LEVELS } from '../../../src/core/signal.ts';
import { DecidedBeginnings, UNDECIDED } from '../../../src/match/decided-beginnings.ts';
import { KnownLines } from '../../../src/match/wasm/known-lines.ts';
import { BEGINNINGS, ScanMemory } from '../../../src/match/wasm/scan-memory.ts';

const HEAD = '2026/01/01 00:00:00 [error] 7#7: *1 ';
const MESSAGE = 'no live upstreams while connecting';
/** What the automaton's start for lines of level error is called. */
const ERROR = LOG_LEVELS.indexOf('error') + 1;

let space: Buffer;
let base: number;
let decided: DecidedBeginnings;
let lines: KnownLines;
beforeEach(() => {
  const memory = ScanMemory.create();
  assert(memory !== null);
  space = memory.space;
  base = space.byteOffset;
  decided = new DecidedBeginnings(memory.memory.buffer, BEGINNINGS);
  const known = KnownLines.create(memory);
  assert(known !== null);
  lines = known;
});

function know(message: string, result: number, { start = ERROR, whole = false, next = '' } = {}): void {
  const bytes = Buffer.from(message + next);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // One in eight is kept.
  for (let i = 0; i < 8; i++) decided.keep(start, view, 0, message.length, whole, result);
}

/** The result for the first line of a text of which only `length` bytes are there. */
function ask(text: string, length = text.length, at = 0): number {
  space.write(text, at, 'latin1');
  return lines.find(base + at, base + at + length);
}

describe('KnownLines', () => {
  it('finds the end of a line, wherever it is', () => {
    for (let length = 0; length < 40; length++) {
      for (const at of [0, 1, 5, space.length - length - 1]) {
        // Bytes that are a newline but for one bit, or one more.
        ask(`${'\x0b\x8a\x0a\x09'.repeat(10).replaceAll('\n', '\x1a').slice(0, length)}\n`, length + 1, at);
        expect(lines.end - base).toBe(at + length);
        ask('x'.repeat(length), length, at);
        expect(lines.end - base).toBe(at + length);
      }
    }
  });

  it('finds for many lines in one call what it finds for each', () => {
    know(MESSAGE, 7);
    know('worker process exited', 9);
    const kinds = [
      `${HEAD}${MESSAGE} to upstream`,
      `${HEAD}worker process exited\r`,
      `${HEAD}nothing of the kind`,
      '',
      'x',
    ];
    for (const count of [0, 1, 2, 1023, 1024, 1025, 3000]) {
      const text = Array.from({ length: count }, (_, i) => kinds[(i * 7) % kinds.length] ?? '').join('\n');
      const limit = base + space.write(text, 'latin1');
      const [single, together]: [number[][], number[][]] = [[], []];
      for (let at = base; at < limit; at = lines.end + 1) {
        const result = lines.find(at, limit);
        single.push([at, lines.end, result]);
      }
      for (let at = base; at < limit; ) {
        const found = lines.findLines(at, limit);
        expect(found).toBeGreaterThan(0);
        for (let i = 0; i < found; i++) {
          together.push([at, lines.ends[i] ?? 0, lines.results[i] ?? 0]);
          at = (lines.ends[i] ?? 0) + 1;
        }
      }
      expect(together).toEqual(single);
      expect(lines.findLines(limit, limit)).toBe(0);
    }
  });

  it('knows a message by its beginning, after every plain head', () => {
    know(MESSAGE, 7);
    expect(ask(`${HEAD}${MESSAGE} to upstream\n`)).toBe(7);
    expect(ask(`2026/12/31 23:59:60 [error] 12345#678901: ${MESSAGE}\n`)).toBe(7);
    expect(ask(`${HEAD}${MESSAGE}`)).toBe(7);
    expect(ask(`${HEAD}${MESSAGE}\r\nnext`)).toBe(7);
  });

  it.each(LOG_LEVELS.map((name, level) => ({ name, start: level + 1 })))('knows the level $name', ({ name, start }) => {
    for (const other of LOG_LEVELS.keys()) if (other + 1 !== start) know(`${MESSAGE}`, 9, { start: other + 1 });
    const line = HEAD.replace('error', name) + MESSAGE;
    expect(ask(line)).toBe(UNDECIDED);
    know(MESSAGE, 7, { start });
    expect(ask(line)).toBe(7);
  });

  it('leaves all other heads to who knows them', () => {
    know(MESSAGE, 7);
    know(`x ${MESSAGE}`, 8);
    for (let at = 0; at < HEAD.length; at++) {
      const isFree = /\d/.test(HEAD[at] ?? '') && at !== 0 && at !== 18 && at < 20;
      const broken = `${HEAD.slice(0, at)}x${HEAD.slice(at + 1)}${MESSAGE}`;
      expect(ask(broken), broken).toBe(isFree ? 7 : UNDECIDED);
    }
    for (const head of [
      '',
      HEAD.slice(20),
      ` ${HEAD}`,
      `\n${HEAD}`,
      '2026/01/01 00:00:00 [error] ',
      '2026/01/01 00:00:00 [error] #7: ',
      '2026/01/01 00:00:00 [error] 7#: ',
      '2026/01/01 00:00:00 [error] 7#7: * ',
      '2026/01/01 00:00:00 [error] 7#7: [ngx.c:1] ',
      '2026/01/01 00:00:00 [error]\n7#7: ',
      HEAD.replace('2026', '2\n26'),
    ]) {
      expect(ask(head + MESSAGE), head).toBe(UNDECIDED);
    }
  });

  it('takes no other word for a level', () => {
    know(MESSAGE, 7);
    const letters = [...'abcdefghijklmnopqrstuvwxyz'];
    const words = letters.flatMap((first) => letters.map((second) => `${first}${second}`));
    const taken = (word: string): boolean => ask(HEAD.replace('[er', `[${word}`) + MESSAGE) === 7;
    expect(words.filter(taken)).toEqual(['er']);
  });

  it('reads no fork’s place after a head', () => {
    know(`[ngx_http_lua_module.c:12] ${MESSAGE}`, 7);
    expect(ask(`${HEAD}[ngx_http_lua_module.c:12] ${MESSAGE}`)).toBe(UNDECIDED);
  });

  it('takes a whole message for itself alone', () => {
    know(MESSAGE, 7, { whole: true });
    expect(ask(`${HEAD}${MESSAGE}\n`)).toBe(7);
    expect(ask(`${HEAD}${MESSAGE}\r\n`)).toBe(7);
    expect(ask(`${HEAD}${MESSAGE}\r\r\n`)).toBe(UNDECIDED);
    expect(ask(`${HEAD}${MESSAGE} to upstream\n`)).toBe(UNDECIDED);
  });

  it('knows a short message, whole, where the same follows it', () => {
    const next = `\n${HEAD}`;
    for (const message of ['exit', 'reopening logs']) {
      know(message, message.length, { whole: true, next });
      expect(ask(HEAD + message + next)).toBe(message.length);
      expect(ask(`${HEAD}${message}s${next}`)).toBe(UNDECIDED);
      expect(ask(`${HEAD}${message.slice(0, -1)}${next}`)).toBe(UNDECIDED);
    }
  });

  it('reads nothing after the end of the line or the text', () => {
    know(`${MESSAGE}\r`, 7);
    expect(ask(`${HEAD}${MESSAGE}\r\n`)).toBe(UNDECIDED);
    know(`${MESSAGE} to upstream`, 7);
    const text = `${HEAD}${MESSAGE} to upstream`;
    expect(ask(text)).toBe(7);
    expect(ask(text, text.length - 1)).toBe(UNDECIDED);
    know('no live upstream', 9);
    expect(ask(`${HEAD}no live upstream`)).toBe(9);
    expect(ask(`${HEAD}no live upstream`, `${HEAD}no live upstrea`.length)).toBe(UNDECIDED);
  });

  it('distinguishes beginnings in any byte', () => {
    know(MESSAGE, 7);
    for (let at = 0; at < MESSAGE.length; at++) {
      const other = `${HEAD}${MESSAGE.slice(0, at)}#${MESSAGE.slice(at + 1)}`;
      expect(ask(other), other).toBe(UNDECIDED);
    }
  });

  it('looks through all beginnings of a bucket', () => {
    const ends = Array.from({ length: 16 }, (_, i) => `${i}.`);
    for (const [i, end] of ends.entries()) know(`no live upstreams ${end}`, i);
    expect(ends.map((end) => ask(`${HEAD}no live upstreams ${end}\n`))).toEqual([...ends.keys()]);
  });
});
