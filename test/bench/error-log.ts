/**
 * Writes error logs of known content: `quiet` has nothing in it, `mixed` is 95 % noise that shares words with the
 * patterns, in `flood` every line matches one pattern, in `dense` every line matches any of all patterns, and in `forged`
 * clients wrote the patterns' own text into request, host, referrer and path.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Catalogue } from '../../src/match/compile-catalogue.ts';
import { createRandom, type Random } from './random.ts';

export type LogKind = 'quiet' | 'mixed' | 'flood' | 'dense' | 'forged';

export interface GeneratedLog {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
  /** Pattern id → lines that nginx itself wrote with it. */
  readonly truth: ReadonlyMap<string, number>;
}

/** A line without its newline; the id of the pattern it holds, if any. */
interface Written {
  readonly line: string;
  readonly pattern: string | null;
}

/** The file repeats this much, so that 2 GiB are written quickly. */
const REPEATED_BYTES = 16 * 2 ** 20;
const HITS_PER_THOUSAND = 50;

const PATHS = [
  '/api/v1/orders',
  '/static/app.js',
  '/wp-login.php',
  '/favicon.ico',
  '/health',
  '/search?q=nginx',
] as const;
const HOSTS = ['shop.example', 'api.example.org', 'www.example.com', '203.0.113.9'] as const;
const AGENTS = [
  'https://shop.example/cart',
  'https://www.google.com/',
  'https://shop.example/no-live-upstreams',
] as const;

/** Messages that begin, or go on, like a pattern and are none. */
const NOISE = [
  'open() "/usr/share/nginx/html%P" failed (2: No such file or directory)',
  'open() "/var/www/%H%P" failed (2: No such file or directory)',
  'directory index of "/var/www%P/" is forbidden',
  'user "connect" was not found in "/etc/nginx/htpasswd"',
  '"/var/www%P/index.php" is not found (2: No such file or directory)',
  'auth request unexpected status: 502 while sending to client',
  'upstream server name is cached for %H',
  'connect() failed (97: Address family not supported by protocol) while connecting to syslog',
  'connection pool of %H holds 96 idle connections',
  'ignoring stale global SSL error (SSL: error:0A000126:SSL routines::unexpected eof while reading)',
] as const;

function stamp(line: number): string {
  const second = Math.floor(line / 200);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `2026/01/${two(1 + (Math.floor(second / 86_400) % 28))} ${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
}

function context(random: Random): string {
  const client = `203.0.113.${random.below(250)}`;
  const [path, host] = [random.pick(PATHS), random.pick(HOSTS)];
  return `, client: ${client}, server: ${host}, request: "GET ${path} HTTP/1.1", host: "${host}", referrer: "${random.pick(AGENTS)}"`;
}

function noise(random: Random, at: number): Written {
  const text = random.pick(NOISE).replace('%P', random.pick(PATHS)).replace('%H', random.pick(HOSTS));
  const level = random.pick(['error', 'warn', 'info', 'crit']);
  const pid = 4000 + random.below(8);
  return {
    line: `${stamp(at)} [${level}] ${pid}#${pid}: *${random.below(1e7)} ${text}${context(random)}`,
    pattern: null,
  };
}

function forged(random: Random, at: number, catalogue: Catalogue): Written {
  const text = hit(random, catalogue).line.replaceAll('"', '%22');
  const pid = 4000 + random.below(8);
  const lines = [
    `open() "/usr/share/nginx/html/${text}" failed (2: No such file or directory), client: 203.0.113.7, server: _, request: "GET /x HTTP/1.1", host: "a"`,
    `directory index of "/srv/" is forbidden, client: 203.0.113.7, server: _, request: "GET /${text} HTTP/1.1", host: "a"`,
    `access to "/srv/x" denied, client: 203.0.113.7, server: _, request: "GET /x HTTP/1.1", host: "${text}", referrer: "${text}"`,
  ] as const;
  return { line: `${stamp(at)} [error] ${pid}#${pid}: *${random.below(1e7)} ${random.pick(lines)}`, pattern: null };
}

function hit(random: Random, catalogue: Catalogue): Written {
  const { pattern } = catalogue.patterns[random.below(catalogue.patterns.length)] ?? {};
  const line = pattern?.hits[random.below(pattern.hits.length)] ?? '';
  return { line, pattern: pattern?.id ?? null };
}

function flood(random: Random, at: number): Written {
  const pid = 4000 + random.below(8);
  const head = `${stamp(at)} [alert] ${pid}#${pid}: *${random.below(1e7)} 4096 worker_connections are not enough`;
  return {
    line: `${head} while connecting to upstream, client: 203.0.113.${random.below(250)}, server: shop.example, request: "GET ${random.pick(PATHS)} HTTP/1.1", upstream: "http://10.0.0.${random.below(9)}:9000/", host: "shop.example"`,
    pattern: 'worker-connections-upstream',
  };
}

function writer(kind: LogKind, catalogue: Catalogue): (random: Random, at: number) => Written {
  switch (kind) {
    case 'quiet':
      return noise;
    case 'mixed':
      return (random, at) => (random.below(1000) < HITS_PER_THOUSAND ? hit(random, catalogue) : noise(random, at));
    case 'flood':
      return flood;
    case 'dense':
      return (random) => hit(random, catalogue);
    case 'forged':
      return (random, at) => forged(random, at, catalogue);
  }
}

/** Writes at least `bytes` bytes to `path`. */
export function generateErrorLog(kind: LogKind, path: string, bytes: number, catalogue: Catalogue): GeneratedLog {
  const random = createRandom(20_260_101);
  const write = writer(kind, catalogue);
  const lines: string[] = [];
  const truth = new Map<string, number>();
  let length = 0;
  while (length < Math.min(bytes, REPEATED_BYTES)) {
    const { line, pattern } = write(random, lines.length);
    lines.push(`${line}\n`);
    length += line.length + 1;
    if (pattern !== null) truth.set(pattern, (truth.get(pattern) ?? 0) + 1);
  }
  const block = Buffer.from(lines.join(''));
  const times = Math.ceil(bytes / block.length);
  const file = openSync(path, 'w');
  for (let i = 0; i < times; i++) writeSync(file, block);
  // What is still being written to the disk would slow down whatever is timed first.
  fsyncSync(file);
  closeSync(file);
  const counts = new Map([...truth].map(([id, count]) => [id, count * times]));
  return { path, bytes: block.length * times, lines: lines.length * times, truth: counts };
}
