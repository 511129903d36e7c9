import { describe, expect, it } from 'vitest';
import { withoutJson } from '../../src/replay/json-lines.ts';
import { observationsIn } from './recording.ts';

const LINE =
  '2026/03/10 17:00:00 [error] 71#71: *9 connect() failed (111: Connection refused) while connecting to upstream, upstream: "http://10.0.0.5:9000/"';
const AT = '2026-03-10T09:00:00.000Z';
const plain = (text: string) => withoutJson(Buffer.from(text)).toString();

describe('lines that a shipper put into JSON', () => {
  it.each([
    ['docker', JSON.stringify({ log: `${LINE}\n`, stream: 'stderr', time: AT })],
    ['journald', JSON.stringify({ __REALTIME_TIMESTAMP: '1773133200000000', _PID: '71', MESSAGE: LINE })],
    ['filebeat', JSON.stringify({ '@timestamp': AT, host: { name: 'web-1' }, message: LINE })],
    ['a message behind everything else', JSON.stringify({ host: { ip: ['10.0.0.1'] }, time: AT, message: LINE })],
    ['Loki', JSON.stringify({ timestamp: AT, line: LINE, fields: { pod: 'nginx' } })],
  ])('%s', (_, wrapped) => {
    expect(plain(`${wrapped}\n`)).toBe(`${AT} ${LINE}\n`);
  });

  it('fluentd, after its time and tag', () => {
    expect(plain(`${AT}\tkube.nginx\t${JSON.stringify({ log: LINE })}\n`)).toBe(`${AT}\tkube.nginx\t${LINE}\n`);
  });

  it('become signals at the time of the shipper', async () => {
    const log = `${JSON.stringify({ message: LINE, '@timestamp': AT })}\n`;
    const [first] = await observationsIn({ 'error.log': log });
    expect(first).toMatchObject({ at: Date.parse(AT), signal: { pattern: 'connect-refused', pid: 71 } });
  });

  it('become one line each, even with newlines in them', () => {
    expect(plain(`${JSON.stringify({ log: 'a\n b\n' })}\n${JSON.stringify({ log: 'c' })}\n`)).toBe('a b\nc\n');
  });

  it.each([
    ['an object without a line', '{"level":"info","n":1}\n'],
    ['what only looks like one', '{"log":"cut off\n'],
    ['JSON that a client sent', '2026/03/10 17:00:00 [error] 7#7: *1 x, request: "GET /{"log":"y"} HTTP/1.1"\n'],
    ['a time that is none', `{"time":"later","n":1}\n${LINE}\n`],
  ])('are unchanged: %s', (_, text) => {
    expect(plain(text)).toBe(text);
  });
});
