import fc from 'fast-check';
import { createAccessReader } from '../../../src/access/access-reader.ts';
import type { Escape } from '../../../src/access/line-plan.ts';
import type { AccessData } from '../../../src/core/samples/access.ts';
import { COMBINED_FORMAT } from '../../../src/nginx/log-format.ts';
import { accessLogs } from '../corpora.ts';
import { assert, assertShort } from '../invariants.ts';
import { bytesOf, cutInto, cuts, mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const VARIABLES = [
  'remote_addr',
  'remote_user',
  'time_local',
  'time_iso8601',
  'request',
  'status',
  'request_time',
  'body_bytes_sent',
  'http_user_agent',
  'http_referer',
  'upstream_addr',
  'upstream_status',
  'upstream_connect_time',
  'upstream_header_time',
  'upstream_response_time',
  'msec',
  'host',
];
const FORMATS = [
  COMBINED_FORMAT,
  `${COMBINED_FORMAT} rt=$request_time ua="$upstream_addr" us="$upstream_status" urt="$upstream_response_time"`,
  '$remote_addr [$time_local] "$request" $status $request_time $upstream_addr $upstream_status $upstream_response_time $pipe',
  '{"t":"$time_iso8601","uri":"$request_uri","client":"$remote_addr","status":$status,"rt":$request_time,"up":"$upstream_addr"}',
  '$upstream_connect_time,$upstream_header_time,$upstream_response_time|$status',
];
const drawnFormat = fc
  .array(
    fc.oneof(
      fc.constantFrom(...VARIABLES).map((name) => `$${name}`),
      fc.constantFrom(' ', '"', ' - ', ' [', '] ', '|', '","k":"', '\t', 'x'),
      fc.constantFrom(...TOKENS, '`;globalThis.pwned=1;//', '${', '*/globalThis.pwned=1/*'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** Lines as nginx would write them in this format, what clients choose included. */
function linesOf(format: string, values: readonly string[]): string {
  let next = 0;
  return `${format.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => {
    next += 1;
    const drawn = values[next % Math.max(1, values.length)] ?? '-';
    if (name.startsWith('time_'))
      return name === 'time_local' ? '21/Nov/2026:05:23:42 +0000' : '2026-11-21T05:23:42+00:00';
    return drawn;
  })}\n`;
}

const written = fc
  .tuple(
    fc.oneof(fc.constantFrom(...FORMATS), drawnFormat),
    fc.array(
      fc
        .array(fc.constantFrom('200', '0.001', '10.0.0.1:80, ', '10.0.0.2:80 : ', '-', ...TOKENS), { maxLength: 3 })
        .map((parts) => parts.join('')),
      { maxLength: 12 },
    ),
    fc.nat(40),
  )
  .map(([format, values, times]) => ({ format, text: linesOf(format, values).repeat(times + 1) }));
const recorded = fc.record({ format: fc.constantFrom(...FORMATS), text: mutated(accessLogs()) });

interface Input {
  readonly format: string;
  readonly escaping: Escape;
  readonly text: string;
  readonly cuts: readonly number[];
}

const MOST_CLIENTS = 10;
const MOST_PEERS = 257;
/** An address of nginx's: a unix socket has 108 bytes, a name 255. */
const MOST_ADDRESS_CHARS = 300;

function countsIn(data: AccessData): void {
  const status = Object.entries(data.status);
  assert(
    status.every(([code]) => /^\d{3}$/.test(code)),
    `status codes ${status.map(([code]) => code).join(' ')}`,
  );
  const times = [
    data.requestMs,
    ...data.upstreams.flatMap(({ connectMs, headerMs, responseMs }) => [connectMs, headerMs, responseMs]),
  ];
  for (const quantiles of times) {
    const { p50, p95, p99, max } = quantiles ?? { p50: 0, p95: 0, p99: 0, max: 0 };
    assert(
      [p50, p95, p99, max].every((ms) => Number.isFinite(ms) && ms >= 0),
      `times ${p50} ${p95} ${p99} ${max}`,
    );
  }
  assert(data.topClients.length <= MOST_CLIENTS, `${data.topClients.length} clients`);
  assert(data.upstreams.length <= MOST_PEERS, `${data.upstreams.length} peers`);
  for (const address of [...data.topClients.map(({ address }) => address), ...data.upstreams.map(({ peer }) => peer)]) {
    assertShort(address, MOST_ADDRESS_CHARS, 'an address');
  }
}

/** At the ends of lines: a source hands over whole lines. */
function atLines(text: Buffer, shares: readonly number[]): Buffer[] {
  return cutInto(text.toString('latin1').split(/(?<=\n)/), shares).map((lines) =>
    Buffer.from(lines.join(''), 'latin1'),
  );
}

export const target = defineTarget<Input>({
  about: 'log_format and access-log lines → figures',
  inputs: fc
    .tuple(fc.oneof(written, recorded), fc.constantFrom<Escape>('default', 'json', 'none'), cuts)
    .map(([{ format, text }, escaping, places]) => ({ format, escaping, text, cuts: places })),
  ofText: (text) => ({ format: FORMATS[1] ?? '', escaping: 'default', text: `10.0.0.1 - ${text}`, cuts: [] }),
  check({ format, escaping, text, cuts: places }) {
    const bytes = bytesOf(text);
    const whole = createAccessReader(format, escaping);
    whole.feed(bytes);
    const data = whole.take(1000);
    const lines = bytes
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== '').length;
    const { requests, unparsed } = data;
    // An empty line is none, unless the format has it.
    assert(
      requests + unparsed >= lines && requests + unparsed <= lines + text.split('\n').length,
      `${requests} + ${unparsed} of ${lines} lines`,
    );
    countsIn(data);
    const inPieces = createAccessReader(format, escaping);
    for (const piece of atLines(bytes, places)) inPieces.feed(piece);
    assert(JSON.stringify(inPieces.take(1000)) === JSON.stringify(data), 'fed in pieces, the figures differ');
  },
});
