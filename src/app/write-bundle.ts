/**
 * Cuts a bundle: what was recorded or can be read now, redacted, in the shape that `replay` takes. Log lines keep their
 * structure (who, which upstream, which error); secrets do not leave the host, and clients' addresses as numbers only.
 */

import { addressesIn, createPseudonyms } from '../bundle/pseudonyms.ts';
import type { BundleContent } from '../bundle/write.ts';
import { redact } from '../core/redact.ts';
import type { Sample } from '../core/sample.ts';
import type { Discovery } from '../discovery/discover.ts';
import { createNames } from '../nginx/plain-name.ts';
import { printedConfig } from '../nginx/printed-config.ts';
import { recentLines } from './recent-lines.ts';
import { accessTime, firstErrorTime } from './replay/log-time.ts';

export interface BundleSources {
  readonly host: string;
  readonly sinceMs: number;
  readonly discovery: Discovery | null;
  /** What the service recorded, and what was seen just now; each oldest first. */
  readonly recorded: Iterable<Sample>;
  readonly seen: readonly Sample[];
}

export interface Bundled {
  readonly files: BundleContent;
  /** Written so far. */
  samples(): number;
}

function tail(path: string, sinceMs: number, timeOf: (line: string) => number | null): string {
  const batch = recentLines(path);
  if (batch === null) return '';
  const lines = Buffer.from(batch.bytes).toString('utf8').split('\n');
  const first = lines.findIndex((line) => (timeOf(line) ?? 0) >= sinceMs);
  return first < 0 ? '' : redact(lines.slice(first).join('\n'), 'keep');
}

/** nginx writes local time; this host's offset is as good as its. */
const offsetMinutesAt = (at: number): number => -new Date(at).getTimezoneOffset();

function errorTime(line: string): number | null {
  const asUtc = firstErrorTime(line);
  return asUtc === null ? null : asUtc - offsetMinutesAt(asUtc) * 60_000;
}

/** What the other files leave open: how to read local times and `worker_processes auto`. */
function factsText({ host, discovery, seen }: BundleSources): string {
  const system = seen.findLast((sample) => sample.probe === 'system');
  const facts = {
    host,
    nginxVersion: discovery?.nginx?.version ?? null,
    timezoneOffsetMinutes: offsetMinutesAt(seen.at(-1)?.at ?? 0),
    ...(system?.ok === true ? { cpus: system.data.cpus } : {}),
    notes: discovery?.notes ?? [],
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}

/** Two lists in order of time as one. */
function* merged(recorded: Iterable<Sample>, seen: readonly Sample[]): Generator<Sample> {
  let next = 0;
  for (const sample of recorded) {
    for (let other = seen[next]; other !== undefined && other.at < sample.at; other = seen[++next]) yield other;
    yield sample;
  }
  yield* seen.slice(next);
}

function* sampleLines(samples: Iterable<Sample>, host: string): Generator<string> {
  for (const { at, ...sample } of samples)
    yield `${JSON.stringify({ type: 'sample', at: new Date(at).toISOString(), host, ...sample })}\n`;
}

export function bundleContent(sources: BundleSources): Bundled {
  const { host, sinceMs, discovery } = sources;
  const names = createNames();
  const config = discovery?.tree == null ? '' : printedConfig(discovery.tree, names);
  const pseudonyms = createPseudonyms(addressesIn(config));
  const masked = (text: string): string => pseudonyms(names.again(text));
  let samples = 0;
  function* errorLog(): Generator<string> {
    for (const path of discovery?.errorLogs ?? []) yield masked(tail(path, sinceMs, errorTime));
  }
  function* accessLog(): Generator<string> {
    for (const { path } of discovery?.accessLogs ?? [])
      yield masked(tail(path, sinceMs, (line) => accessTime(line)?.at ?? null));
  }
  function* sampled(): Generator<string> {
    for (const line of sampleLines(merged(sources.recorded, sources.seen), host)) {
      samples++;
      yield masked(line);
    }
  }
  const files = {
    'error.log': errorLog(),
    'access.log': accessLog(),
    'nginx.conf': config,
    'samples.ndjson': sampled(),
    'facts.json': factsText(sources),
  };
  return { files, samples: () => samples };
}
