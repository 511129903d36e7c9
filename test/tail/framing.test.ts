/** Container and syslog framing, with the bytes runtimes and nginx really write. */
import { describe, expect, it } from 'vitest';
import { detectFrame, type Frame } from '../../src/tail/framing/container-frame.ts';
import { syslogLine } from '../../src/tail/framing/syslog-message.ts';
import { unframed } from '../../src/tail/framing/unframed.ts';

const TIME = '2026-11-21T05:00:00.123456789Z';

/** What comes out, as `offset text`. */
async function unframe(frame: Frame | 'auto', text: string, maxLineBytes = 1000): Promise<string[]> {
  const got: string[] = [];
  const deliver = unframed(frame, maxLineBytes, ({ offset, bytes }) => {
    got.push(`${offset} ${Buffer.from(bytes).toString()}`);
  });
  await deliver({ source: 'x', generation: 'g', offset: 0, bytes: Buffer.from(text) });
  return got;
}

describe('unframed', () => {
  it('takes the CRI prefix off', async () => {
    const text = `${TIME} stderr F first\n${TIME} stdout F second\n`;
    expect(await unframe('cri', text)).toEqual(['0 first\n', '46 second\n']);
  });

  it('joins parts of one stream, whatever the other stream writes between them', async () => {
    const text = `${TIME} stderr P one \n${TIME} stdout F other\n${TIME} stderr P two \n${TIME} stderr F three\n`;
    expect(await unframe('cri', text)).toEqual(['45 other\n', '0 one two three\n']);
  });

  it('takes docker entries apart and joins those without a newline', async () => {
    const entry = (log: string) => `${JSON.stringify({ log, stream: 'stderr', time: TIME })}\n`;
    const text = entry('one ') + entry('two "quoted" é\n');
    expect(await unframe('docker', text)).toEqual(['0 one two "quoted" é\n']);
  });

  it('makes one line of a docker entry that tries to be two', async () => {
    const text = `${JSON.stringify({ log: 'a\nforged\n', stream: 'stderr', time: TIME })}\n`;
    expect(await unframe('docker', text)).toEqual(['0 a forged\n']);
  });

  it('lets a line pass that is not framed', async () => {
    expect(await unframe('docker', '{"no":"log"}\nplain\n')).toEqual(['0 {"no":"log"}\n', '13 plain\n']);
  });

  it('finds out by itself, for each generation anew', async () => {
    const got: string[] = [];
    const deliver = unframed('auto', 1000, ({ bytes }) => void got.push(Buffer.from(bytes).toString()));
    const give = (generation: string, text: string) =>
      deliver({ source: 'x', generation, offset: 0, bytes: Buffer.from(text) });
    await give('1', `plain\n${TIME} stderr F kept as it is\n`);
    await give('2', `${TIME} stderr F taken apart\n`);
    expect(got).toEqual([`plain\n${TIME} stderr F kept as it is\n`, 'taken apart\n']);
  });

  it('keeps no more of a line in parts than the cap', async () => {
    const text = `${TIME} stderr P aaaa\n${TIME} stderr P bbbb\n${TIME} stderr F cccc\n`;
    expect(await unframe('cri', text, 6)).toEqual(['0 aaaabb\n']);
  });
});

describe('detectFrame', () => {
  it.each([
    [`${TIME} stderr F 2026/11/21 05:00:00 [error] 7#7: x`, 'cri'],
    [`{"log":"x\\n","stream":"stderr","time":"${TIME}"}`, 'docker'],
    ['2026/11/21 05:00:00 [error] 7#7: x', null],
    ['{"time":"a JSON access log"}', null],
  ])('knows %s', (line, frame) => {
    expect(detectFrame(Buffer.from(line))).toBe(frame);
  });
});

describe('syslogLine', () => {
  const line = (text: string) => Buffer.from(syslogLine(Buffer.from(text))).toString();
  const message = '2026/11/21 05:00:00 [error] 30#30: *1 text: more';

  it('takes the header off as nginx writes it, with a host name and without', () => {
    expect(line(`<187>Nov 21 05:00:00 web-1 nginx: ${message}`)).toBe(`${message}\n`);
    expect(line(`<187>Nov  1 05:00:00 nginx: ${message}`)).toBe(`${message}\n`);
  });

  it('leaves what has no such header', () => {
    expect(line(message)).toBe(`${message}\n`);
  });

  it('makes one line of a datagram that tries to be two', () => {
    expect(line(`<187>Nov 21 05:00:00 web-1 nginx: a\nforged\n\n`)).toBe('a forged\n');
  });
});
