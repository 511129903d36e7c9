import fc from 'fast-check';
import type { LineBatch } from '../../../src/core/line.ts';
import type { Frame } from '../../../src/tail/framing/container-frame.ts';
import { syslogLine } from '../../../src/tail/framing/syslog-message.ts';
import { unframed } from '../../../src/tail/framing/unframed.ts';
import { parseSyslogTarget } from '../../../src/tail/sources/syslog.ts';
import { type Piece, Splitter } from '../../../src/tail/splitter.ts';
import { errorLogs } from '../corpora.ts';
import { assert, shown } from '../invariants.ts';
import { bytesOf, cutInto, cuts, mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';

const NEWLINE = 10;
const TIME = '2026-11-21T05:00:00.123456789Z';
const LINES = errorLogs().map((text) => text.split('\n')[0] ?? '');
const cri = LINES.map((line, i) => `${TIME} stderr ${i % 3 === 0 ? 'P' : 'F'} ${line}\n`.repeat(3));
const docker = LINES.map((line, i) => {
  const log = i % 3 === 0 ? line : `${line}\n`;
  return `${JSON.stringify({ log, stream: 'stderr', time: TIME })}\n`.repeat(3);
});
const syslog = LINES.map((line) => `<187>Nov 21 05:00:00 web-1 nginx: ${line}`);
const targets = [
  'syslog:server=127.0.0.1:5140,tag=a',
  'syslog:server=unix:/run/s',
  'syslog:facility=local7,server=[::1]:5140',
];

interface Input {
  readonly kind: 'log' | 'datagram' | 'target';
  readonly text: string;
  readonly frame: Frame | 'auto';
  readonly cuts: readonly number[];
  readonly capBytes: number;
}

/** What comes out: `offset text`. A framed line is one line, or who writes into it could forge others. */
async function taken(batches: readonly LineBatch[], { frame, capBytes }: Input): Promise<string[]> {
  const got: string[] = [];
  const most = batches.reduce((sum, { bytes }) => sum + linesIn(bytes), 0);
  const deliver = unframed(frame, capBytes, ({ offset, bytes }) => {
    const lines = Buffer.from(bytes)
      .toString('latin1')
      .split(/(?<=\n)/);
    let at = offset;
    for (const line of lines) {
      got.push(`${at} ${line}`);
      at += line.length;
    }
  });
  for (const batch of batches) {
    const before = got.length;
    await deliver(batch);
    assert(
      got.length - before <= linesIn(batch.bytes),
      `more lines came out than went in: ${shown(got.slice(before).join('|'))}`,
    );
  }
  assert(got.length <= most, `${got.length} lines came out of ${most}`);
  return got;
}

const linesIn = (bytes: Uint8Array): number => Buffer.from(bytes).toString('latin1').split('\n').length - 1;

const batchOf = ({ bytes, offset }: Piece): LineBatch => ({ source: 'x', generation: 'g', offset, bytes });

/** As a follower reads it: any chunks, then the rest. */
function split(chunks: readonly Buffer[], capBytes: number): LineBatch[] {
  const splitter = new Splitter(0, capBytes);
  const pieces = chunks.flatMap((chunk) =>
    splitter.push(chunk).map(({ bytes, offset }) => ({ bytes: Buffer.from(bytes), offset })),
  );
  const rest = splitter.flush();
  return [...pieces, ...(rest === null ? [] : [rest])].map(batchOf);
}

async function checkLog(input: Input): Promise<void> {
  const bytes = bytesOf(input.text);
  const whole = await taken(split([bytes], input.capBytes), input);
  const pieces = await taken(
    split(
      cutInto(bytes, input.cuts).map((part) => Buffer.from(part)),
      input.capBytes,
    ),
    input,
  );
  assert(
    JSON.stringify(pieces) === JSON.stringify(whole),
    `in pieces ${shown(pieces.join('|'))}, as a whole ${shown(whole.join('|'))}`,
  );
  for (const line of whole) assert(line.endsWith('\n'), `a line has no end: ${shown(line)}`);
}

/** A datagram is one line, whatever is in it. */
function checkDatagram({ text }: Input): void {
  const bytes = bytesOf(text);
  const line = syslogLine(bytes);
  assert(
    line.indexOf(NEWLINE) === line.length - 1,
    `a datagram became more than a line: ${shown(Buffer.from(line).toString())}`,
  );
  assert(line.length <= bytes.length + 1, 'a line is longer than its datagram');
}

const texts = (corpus: readonly string[], kind: Input['kind']): fc.Arbitrary<Pick<Input, 'kind' | 'text'>> =>
  mutated(corpus).map((text) => ({ kind, text }));

export const target = defineTarget<Input>({
  about: 'chunks of a log → lines → container framing taken off; syslog datagrams and addresses',
  inputs: fc
    .tuple(
      fc.oneof(
        { weight: 2, arbitrary: texts(cri, 'log') },
        { weight: 2, arbitrary: texts(docker, 'log') },
        { weight: 2, arbitrary: texts(syslog, 'datagram') },
        { weight: 1, arbitrary: texts(targets, 'target') },
      ),
      fc.constantFrom<Frame | 'auto'>('cri', 'docker', 'auto'),
      cuts,
      fc.constantFrom(64, 1024, 65_536),
    )
    .map(([drawn, frame, places, capBytes]) => ({ ...drawn, frame, cuts: places, capBytes })),
  ofText: (text) => ({ kind: 'log', text, frame: 'auto', cuts: [], capBytes: 65_536 }),
  async check(input) {
    if (input.kind === 'log') await checkLog(input);
    else if (input.kind === 'datagram') checkDatagram(input);
    else parseSyslogTarget(input.text);
  },
});
