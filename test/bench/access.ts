/**
 * Access logs: our scanner with quantiles and top clients, against mawk that computes means of the same fields, and
 * goaccess. Rivals and we take turns on the same file; the median counts. Ours is timed inside one warm process, as the
 * service runs it; goaccess, which takes minutes, gets a smaller file, and seconds per MiB are compared.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccessReader } from '../../src/access/access-reader.ts';
import type { AccessData } from '../../src/core/samples/access.ts';
import { type AccessKind, FORMATS, generateAccessLog, type Truth } from './access-log.ts';
import { atMost, type Row } from './row.ts';
import { median } from './timed.ts';

const ROUNDS = 5;
const CHUNK_BYTES = 256 * 1024;
const MIB = 2 ** 20;
/** Of text, and of JSON. */
const SIZE_MIB = 256;
const GOACCESS_MIB = 16;

/** Requests by status and client, and by peer the count, errors and mean of each time: what we give, less quantiles. */
const MEANS = `
{ split($1, head, " "); client[head[1]]++; split($3, after, " "); status[after[1]]++; split($7, time, "="); total += time[2]
  n = split($8, peer, /, | : /); split($10, code, /, | : /); split($12, connect, /, | : /)
  split($14, header, /, | : /); split($16, response, /, | : /)
  for (i = 1; i <= n; i++) {
    p = peer[i]; attempts[p]++
    if (code[i] >= 500) errors[p]++
    if (connect[i] != "-") { connects[p] += connect[i]; nc[p]++ }
    if (header[i] != "-") { headers[p] += header[i]; nh[p]++ }
    if (response[i] != "-") { responses[p] += response[i]; nr[p]++ } } }
END {
  for (p in attempts) print p, attempts[p], errors[p], connects[p] / nc[p], headers[p] / nh[p], responses[p] / nr[p]
  for (s in status) print s, status[s]
  for (c in client) if (client[c] > NR / 100) print c, client[c]
  print total / NR }`;

const GOACCESS_FORMAT = '%h - %e [%d:%t %^] "%r" %s %b "%R" "%u" rt=%T %^';

function clocked<T>(run: () => T): { readonly seconds: number; readonly result: T } {
  const from = performance.now();
  const result = run();
  return { seconds: (performance.now() - from) / 1000, result };
}

/** Reads the file in chunks of whole lines, as the follower hands them on. */
function readWith(kind: AccessKind, path: string): AccessData {
  const reader = createAccessReader(FORMATS[kind], kind === 'json' ? 'json' : 'default');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = openSync(path, 'r');
  for (let kept = 0; ; ) {
    const length = kept + readSync(file, buffer, kept, buffer.length - kept, null);
    if (length === kept) break;
    const end = buffer.lastIndexOf(10, length - 1) + 1;
    reader.feed(buffer.subarray(0, end));
    buffer.copyWithin(0, end, length);
    kept = length - end;
  }
  closeSync(file);
  return reader.take(1000);
}

/** Throws where a figure is not what the generator wrote; the largest error of a quantile, as a ratio. */
function checkAgainst(truth: Truth, data: AccessData): number {
  const fail = (what: string): never => {
    throw new Error(`access bench: ${what} differs from what was written`);
  };
  if (data.requests !== truth.requests || data.unparsed !== 0) fail('the number of requests');
  for (const [code, count] of truth.status) if (data.status[code] !== count) fail(`status ${code}`);
  if (data.topClients[0]?.address !== truth.busiest.address) fail('the busiest client');
  if ((data.topClients[0]?.requests ?? 0) < truth.busiest.requests) fail('its count');
  let worst = 0;
  for (const { peer, responseMs } of data.upstreams) {
    const exact = truth.responseMs.get(peer) ?? fail(`peer ${peer}`);
    for (const [share, found] of [
      [0.5, responseMs?.p50],
      [0.95, responseMs?.p95],
    ] as const) {
      const right = exact[Math.ceil(share * exact.length) - 1] ?? 0;
      worst = Math.max(worst, Math.abs((found ?? 0) - right) / right);
    }
  }
  return worst;
}

/** A figure without a target: absolute speeds are those of the machine. */
const plain = (name: string, value: number): Row => ({ name, value, unit: 'M lines/s', target: null, met: null });

function goaccessSecondsPerMib(directory: string): number {
  const path = join(directory, 'small.log');
  const { bytes } = generateAccessLog('text', path, GOACCESS_MIB * MIB);
  const args = [
    path,
    '--no-global-config',
    `--log-format=${GOACCESS_FORMAT}`,
    '--date-format=%d/%b/%Y',
    '--time-format=%T',
    '-o',
    join(directory, 'out.json'),
  ];
  const run = () => execFileSync('goaccess', args, { stdio: 'ignore' });
  return clocked(run).seconds / (bytes / MIB);
}

export async function benchAccess(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gapwatch-access-'));
  try {
    const [text, json, means] = ['text.log', 'json.log', 'means.awk'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    const truth = generateAccessLog('text', text, SIZE_MIB * MIB);
    const jsonTruth = generateAccessLog('json', json, SIZE_MIB * MIB);
    writeFileSync(means, MEANS);
    const [ours, oursJson, mawk]: [number[], number[], number[]] = [[], [], []];
    let worst = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = clocked(() => readWith('text', text));
      const ownJson = clocked(() => readWith('json', json));
      mawk.push(clocked(() => execFileSync('mawk', ['-F"', '-f', means, text])).seconds);
      worst = Math.max(worst, checkAgainst(truth, own.result), checkAgainst(jsonTruth, ownJson.result));
      ours.push(own.seconds);
      oursJson.push(ownJson.seconds);
    }
    const perMib = median(ours) / (truth.bytes / MIB);
    return [
      atMost('access log, quantiles and top clients', median(ours) / median(mawk), '× mawk (means only)', 0.5),
      atMost('access log, quantiles and top clients', perMib / goaccessSecondsPerMib(directory), '× goaccess', 0.1),
      plain('access log, text', truth.requests / median(ours) / 1e6),
      plain('access log, JSON', jsonTruth.requests / median(oursJson) / 1e6),
      atMost('access log, worst error of p50 and p95', worst * 100, '%', 1),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
