import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldsOf, planLine } from '../../src/access/line-plan.ts';
import { createScanner, SLOT, SLOTS } from '../../src/access/scanner.ts';
import { COMBINED_FORMAT } from '../../src/nginx/log-format.ts';

type Escape = 'default' | 'json';

/** Escapes a variable like nginx (ngx_http_log_escape, ngx_escape_json). */
function escaped(text: string, how: Escape): string {
  if (how === 'json') return JSON.stringify(text).slice(1, -1);
  return [...Buffer.from(text)]
    .map((byte) =>
      byte < 32 || byte > 126 || byte === 34 || byte === 92
        ? `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
}

const FORMATS: readonly (readonly [name: string, format: string, how: Escape])[] = [
  [
    'combined and times',
    `${COMBINED_FORMAT} rt=$request_time ua="$upstream_addr" urt="$upstream_response_time"`,
    'default',
  ],
  [
    'bare lists',
    '$remote_addr [$time_local] "$request" $status $request_time $upstream_addr $upstream_status $upstream_response_time $pipe',
    'default',
  ],
  [
    'pieces of a request',
    '"$request_method $uri $server_protocol" $status from=$remote_addr "$scheme://$host$request_uri" t=$request_time;',
    'default',
  ],
  [
    'JSON',
    '{"t":"$time_iso8601","uri":"$request_uri","agent":"$http_user_agent","client":"$remote_addr","status":$status,"rt":$request_time,"up":"$upstream_addr"}',
    'json',
  ],
];

const address = fc.constantFrom('10.0.0.1', '2001:db8::1', 'unix:');
const attempts = fc.array(
  fc.tuple(fc.constantFrom('10.0.0.1:80', '[::1]:8080', 'unix:/run/a.sock'), fc.constantFrom(', ', ' : ')),
  { minLength: 1, maxLength: 4 },
);
const join = (list: readonly (readonly [string, string])[], of: (peer: string) => string): string =>
  list.map(([peer, separator], i) => of(peer) + (i < list.length - 1 ? separator : '')).join('');
/** Client input that looks like the rest of a line. */
const hostile = fc.array(
  fc.constantFrom(
    'GET / HTTP/1.1',
    '" 200 ',
    ' [',
    '] "',
    'rt=9.999',
    '"',
    '\\',
    ' - ',
    '","status":999,',
    '\n',
    '\x00',
    'é',
    '"}',
    ' ',
    '*',
    '*/*;q=0.8, a stretch of many plain words',
    'ua="1.1.1.1:1"',
  ),
  { maxLength: 5 },
);

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe.each(FORMATS)('lines of %s', (_name, format, how) => {
  const steps = planLine(format, how);
  const scan = createScanner(steps, how);
  const wanted = [...fieldsOf(steps)];

  it('are parsed correctly with any client input', () => {
    const variables = fc.record({
      client: address,
      list: attempts,
      junk: hostile,
      status: fc.integer({ min: 100, max: 599 }),
      ms: fc.nat(700_000),
    });
    fc.assert(
      fc.property(variables, ({ client, list, junk, status, ms }) => {
        const known: Record<string, string> = {
          remote_addr: client,
          status: String(status),
          request_time: (ms / 1000).toFixed(3),
          upstream_addr: join(list, (peer) => peer),
          upstream_status: join(list, () => '502'),
          upstream_response_time: join(list, () => '0.010'),
          time_local: '21/Nov/2026:05:23:42 +0000',
          time_iso8601: '2026-11-21T05:23:42+00:00',
          body_bytes_sent: '12',
          pipe: '.',
          // Set by a client that sends a password: it may hold spaces and brackets.
          remote_user: 'a [21/Nov',
        };
        const line = format.replace(/\$(\w+)/g, (_all, name: string) => escaped(known[name] ?? junk.join(''), how));
        const bytes = Buffer.from(`${line}\n`);
        const out = new Int32Array(SLOTS);
        expect(scan(bytes, viewOf(bytes), 0, out), line).toBeGreaterThan(0);
        for (const field of wanted) {
          const slot = SLOT[field];
          const text = bytes.subarray(out[slot], out[slot + 1]).toString();
          if (field === 'status') expect(out[slot]).toBe(status);
          else if (field === 'request_time') expect(out[slot]).toBe(ms);
          else expect(text, line).toBe(known[field]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('that are truncated anywhere are refused', () => {
    const line = format.replace(
      /\$(\w+)/g,
      (_all, name: string) =>
        ({
          status: '200',
          request_time: '0.001',
          time_local: '21/Nov/2026:05:23:42 +0000',
          time_iso8601: '2026-11-21T05:23:42+00:00',
          body_bytes_sent: '1',
        })[name] ?? 'x',
    );
    // The bytes after the end belong to the next line.
    const bytes = Buffer.from(`${line}\n${line}\n`);
    const out = new Int32Array(SLOTS);
    expect(scan(bytes, viewOf(bytes), 0, out)).toBeGreaterThan(0);
    const last = [...format.matchAll(/\$(\w+)/g)].findLast(([, name]) => (wanted as string[]).includes(name ?? ''));
    const needed = line.length - (format.length - (last?.index ?? 0) - (last?.[0].length ?? 0)) - 5;
    for (let length = 0; length < needed; length += 1) {
      const cut = Buffer.concat([bytes.subarray(0, length), Buffer.from('\n'), bytes.subarray(line.length + 1)]);
      const reached = scan(cut, viewOf(cut), 0, out);
      expect(reached, cut.subarray(0, length).toString()).toBeLessThan(0);
      expect(~reached).toBeLessThanOrEqual(length);
    }
  });
});

describe('the plan', () => {
  it('stops after the last wanted field', () => {
    expect(planLine('$remote_addr $host $http_user_agent', 'default')).toEqual([
      { kind: 'text', field: 'remote_addr', until: ' ', list: false },
      { kind: 'literal', text: ' ' },
    ]);
  });

  it('gives up the fields after variables without a separator', () => {
    expect([...fieldsOf(planLine('$status $remote_addr$host $request_time', 'default'))]).toEqual(['status']);
    expect([...fieldsOf(planLine('$status $scheme$host $request_time', 'default'))]).toEqual([
      'status',
      'request_time',
    ]);
  });
});

it('a status or time that is no number is missing', () => {
  const scan = createScanner(planLine('$status $request_time', 'default'), 'default');
  const out = new Int32Array(SLOTS).fill(7);
  const bytes = Buffer.from('- -\n');
  expect(scan(bytes, viewOf(bytes), 0, out)).toBe(3);
  expect([out[SLOT.status], out[SLOT.request_time]]).toEqual([0, -1]);
});
