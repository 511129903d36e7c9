/**
 * Writes access logs of known content, about 290 bytes a line: requests proxied to twelve peers with retries, as text
 * or as JSON, by a few busy clients and many that come once.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createRandom, type Random } from './random.ts';

export type AccessKind = 'text' | 'json';

export const FORMATS = {
  text:
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ' +
    'rt=$request_time ua="$upstream_addr" us="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" ' +
    'urt="$upstream_response_time"',
  json:
    '{"time":"$time_iso8601","client":"$remote_addr","request":"$request","status":$status,"bytes":$body_bytes_sent,' +
    '"agent":"$http_user_agent","rt":$request_time,"up":"$upstream_addr","ust":"$upstream_status",' +
    '"uct":"$upstream_connect_time","uht":"$upstream_header_time","urt":"$upstream_response_time"}',
} as const satisfies Record<AccessKind, string>;

export interface Truth {
  readonly bytes: number;
  readonly requests: number;
  readonly status: ReadonlyMap<string, number>;
  /** Response times in ms by peer, sorted, of one repetition. */
  readonly responseMs: ReadonlyMap<string, readonly number[]>;
  readonly busiest: { readonly address: string; readonly requests: number };
}

/** The file repeats this many lines, so that it is written quickly. */
const REPEATED_LINES = 40_000;
const PEERS = Array.from({ length: 12 }, (_, i) => `10.0.${i >> 2}.${10 + i}:8080`);
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'curl/8.5.0',
] as const;
const BUSIEST = '198.51.100.7';

interface Request {
  readonly variables: Readonly<Record<string, string>>;
  readonly attempts: readonly { readonly peer: string; readonly ms: number }[];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function createRequest(random: Random, at: number): Request {
  const failed = random.below(40) === 0;
  const ms = 1 + Math.floor(-60 * Math.log(1 - random.below(10_000) / 10_000));
  const peer = () => PEERS[random.below(PEERS.length)] ?? '';
  const attempts = failed
    ? [
        { peer: peer(), ms: 2000 },
        { peer: peer(), ms },
      ]
    : [{ peer: peer(), ms }];
  const status = failed && random.below(3) === 0 ? '502' : ['200', '200', '200', '200', '304', '404'][random.below(6)];
  const list = (of: (attempt: { readonly peer: string; readonly ms: number }, last: boolean) => string) =>
    attempts.map((attempt, i) => of(attempt, i === attempts.length - 1)).join(', ');
  const minute = String(Math.floor(at / 60) % 60).padStart(2, '0');
  const second = String(at % 60).padStart(2, '0');
  return {
    attempts,
    variables: {
      remote_addr: random.below(20) === 0 ? BUSIEST : `203.0.${random.below(8)}.${random.below(250)}`,
      remote_user: '-',
      time_local: `21/Nov/2026:05:${minute}:${second} +0000`,
      time_iso8601: `2026-11-21T05:${minute}:${second}+00:00`,
      request: `GET /api/v1/items/${random.below(99_999)}?page=${random.below(99)} HTTP/1.1`,
      status: status ?? '200',
      body_bytes_sent: String(random.below(90_000)),
      http_referer: `https://shop.example.com/list?category=${random.below(999)}`,
      http_user_agent: random.pick(AGENTS),
      request_time: seconds(attempts.reduce((sum, attempt) => sum + attempt.ms, 1)),
      upstream_addr: list((attempt) => attempt.peer),
      upstream_status: list((_, last) => (last ? (status ?? '200') : '504')),
      upstream_connect_time: list(() => '0.001'),
      upstream_header_time: list((attempt, last) => (last ? seconds(attempt.ms) : '-')),
      upstream_response_time: list((attempt) => seconds(attempt.ms)),
    },
  };
}

const bump = (counts: Map<string, number>, key: string, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

/** At least `bytes` long, whole repetitions. */
export function generateAccessLog(kind: AccessKind, path: string, bytes: number): Truth {
  const random = createRandom(11);
  const lines: string[] = [];
  const [status, clients, responseMs] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number[]>(),
  ];
  for (let at = 0; at < REPEATED_LINES; at += 1) {
    const { variables, attempts } = createRequest(random, at);
    lines.push(`${FORMATS[kind].replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? '-')}\n`);
    bump(status, variables.status ?? '', 1);
    bump(clients, variables.remote_addr ?? '', 1);
    for (const { peer, ms } of attempts) responseMs.set(peer, [...(responseMs.get(peer) ?? []), ms]);
  }
  const block = Buffer.from(lines.join(''));
  const repeats = Math.ceil(bytes / block.length);
  const file = openSync(path, 'w');
  for (let i = 0; i < repeats; i += 1) writeSync(file, block);
  // What is still being written to the disk would slow down whatever is timed first.
  fsyncSync(file);
  closeSync(file);
  for (const list of responseMs.values()) list.sort((a, b) => a - b);
  return {
    bytes: repeats * block.length,
    requests: repeats * REPEATED_LINES,
    status: new Map([...status].map(([code, count]) => [code, count * repeats])),
    responseMs,
    busiest: { address: BUSIEST, requests: (clients.get(BUSIEST) ?? 0) * repeats },
  };
}
