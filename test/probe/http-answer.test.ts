import { describe, expect, it } from 'vitest';
import { parseHttpAnswer } from '../../src/probe/http-answer.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n';

describe('an HTTP answer', () => {
  it('is complete when its length is there', () => {
    expect(parseHttpAnswer(`${HEAD}\r\nhel`, false)).toEqual({ kind: 'incomplete' });
    expect(parseHttpAnswer(`${HEAD}\r\nhello`, false)).toEqual({
      kind: 'answer',
      status: 200,
      body: 'hello',
      keepsOpen: true,
    });
  });

  it('does not keep the connection open when it says so', () => {
    expect(parseHttpAnswer(`${HEAD}Connection: Close\r\n\r\nhello`, false)).toMatchObject({ keepsOpen: false });
  });

  it('ends with the connection when it has no length', () => {
    const text = 'HTTP/1.0 500 Oops\r\n\r\nbad';
    expect(parseHttpAnswer(text, false)).toEqual({ kind: 'incomplete' });
    expect(parseHttpAnswer(text, true)).toMatchObject({ status: 500, body: 'bad' });
  });

  it('may come in chunks', () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n';
    expect(parseHttpAnswer(text, false)).toEqual({ kind: 'incomplete' });
    expect(parseHttpAnswer(`${text}0\r\n\r\n`, false)).toMatchObject({ body: 'hello' });
  });

  it('is distinguished from what is not HTTP by the first bytes', () => {
    expect(parseHttpAnswer('HT', false)).toEqual({ kind: 'incomplete' });
    expect(parseHttpAnswer('', true)).toEqual({ kind: 'incomplete' });
    expect(parseHttpAnswer('SSH-2.0-OpenSSH', false)).toEqual({ kind: 'not-http' });
    expect(parseHttpAnswer('HTTP/1.1 banana\r\n\r\n', false)).toEqual({ kind: 'not-http' });
  });

  it('is none with a size that is no size, and never read twice', () => {
    const chunk = (size: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n`;
    for (const size of ['-6', '-1', '', 'x', '0x1', '123456789'])
      expect(parseHttpAnswer(chunk(size), true)).toEqual({ kind: 'not-http' });
    for (const length of ['-5', '1e3', 'x', '5, 5'])
      expect(parseHttpAnswer(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nhello`, true)).toEqual({
        kind: 'not-http',
      });
  });
});
