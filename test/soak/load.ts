/** Writes log lines at a steady pace, as nginx would under an attack or an outage: every client and peer another one. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { createRandom, type Random } from '../bench/random.ts';

export const ACCESS_FORMAT =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ' +
  'rt=$request_time ua="$upstream_addr" us="$upstream_status" uht="$upstream_header_time" urt="$upstream_response_time"';

export interface Pace {
  readonly errorLinesPerSecond: number;
  readonly accessLinesPerSecond: number;
  /** How many upstream servers there are; Infinity: each line names another one. */
  readonly peers: number;
}

const BATCHES_PER_SECOND = 10;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

function address(random: Random): string {
  return `${1 + random.below(223)}.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
}

function peerOf(random: Random, peers: number): string {
  if (peers === Number.POSITIVE_INFINITY) return `${address(random)}:${1024 + random.below(60_000)}`;
  const peer = random.below(peers);
  return `10.0.${peer >> 8}.${peer & 255}:8080`;
}

/** What nginx says about an upstream, and what it says about a client alone. */
const ABOUT_UPSTREAM = [
  'connect() failed (111: Connection refused) while connecting to upstream',
  'upstream prematurely closed connection while reading response header from upstream',
  'upstream timed out (110: Connection timed out) while reading response header from upstream',
  'upstream timed out (110: Connection timed out) while connecting to upstream',
  'recv() failed (104: Connection reset by peer) while reading response header from upstream',
  'no live upstreams while connecting to upstream',
] as const;
const ABOUT_CLIENT = [
  'limiting requests, excess: 5.120 by zone "one"',
  'limiting connections by zone "addr"',
  'access forbidden by rule',
  'client intended to send too large body: 10485761 bytes',
] as const;

function errorLine(random: Random, now: Date, peers: number, upstreamOnly: boolean): string {
  const date = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const pid = 1000 + random.below(upstreamOnly ? 4 : 30_000);
  const head = `${date} ${time} [error] ${pid}#${pid}: *${random.below(1e9)} `;
  const request = `request: "GET /${random.below(1e9)}/${'x'.repeat(random.below(120))} HTTP/1.1"`;
  const tail = `client: ${address(random)}, server: shop.example, ${request}`;
  if (!upstreamOnly && random.below(3) === 0)
    return `${head}${random.pick(ABOUT_CLIENT)}, ${tail}, host: "shop.example"`;
  const upstream = `upstream: "http://${peerOf(random, peers)}/${random.below(1e9)}"`;
  return `${head}${random.pick(ABOUT_UPSTREAM)}, ${tail}, ${upstream}, host: "shop.example"`;
}

function accessLine(random: Random, now: Date, peers: number): string {
  const date = `${two(now.getDate())}/${MONTHS[now.getMonth()]}/${now.getFullYear()}`;
  const zone = -now.getTimezoneOffset();
  const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
  const stamp = `${date}:${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())} ${offset}`;
  const status = random.pick(['200', '200', '200', '404', '502', '504']);
  const seconds = (random.below(3_000) / 1000).toFixed(3);
  const times = `rt=${seconds} ua="${peerOf(random, peers)}" us="${status}" uht="${seconds}" urt="${seconds}"`;
  const request = `"GET /${random.below(1e9)} HTTP/1.1" ${status} ${random.below(1e6)}`;
  return `${address(random)} - - [${stamp}] ${request} "-" "Mozilla/5.0 (X11; Linux x86_64)" ${times}`;
}

export interface Load {
  stop(): void;
}

/** Appends to both files until it is stopped. Falling behind is made up for: the pace is that of the clock. */
export function startLoad(files: { readonly error: string; readonly access: string }, pace: Pace): Load {
  const random = createRandom(1);
  const [error, access] = [openSync(files.error, 'a'), openSync(files.access, 'a')];
  const startedAt = performance.now();
  let [errors, accesses] = [0, 0];
  const upstreamOnly = pace.accessLinesPerSecond === 0;
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const now = new Date();
    let text = '';
    for (; errors < seconds * pace.errorLinesPerSecond; errors++)
      text += `${errorLine(random, now, pace.peers, upstreamOnly)}\n`;
    writeSync(error, text);
    text = '';
    for (; accesses < seconds * pace.accessLinesPerSecond; accesses++)
      text += `${accessLine(random, now, pace.peers)}\n`;
    writeSync(access, text);
  }, 1_000 / BATCHES_PER_SECOND);
  return {
    stop() {
      clearInterval(timer);
      closeSync(error);
      closeSync(access);
    },
  };
}
