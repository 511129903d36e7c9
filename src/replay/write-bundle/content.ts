/**
 * Builds the files of a bundle from recorded and present data, in the form that `replay` reads. Redacts every text.
 * Produces files while they are written, so that none is held in memory.
 */

import { publishable, redactAll } from '../../core/redact.ts';
import type { Sample } from '../../core/sample.ts';
import type { Signal } from '../../core/signal.ts';
import { isCloudflare } from '../../findings/cdn.ts';
import { createNames } from '../../nginx/plain-name.ts';
import { printedConfig } from '../../nginx/printed-config.ts';
import { addressesIn, createPseudonyms } from '../bundle/pseudonyms.ts';
import type { BundleContent } from '../bundle/write.ts';
import { type LogSources, logFiles, MOST_LOGS } from './logs.ts';
import { merged, namedSignal, sampleText } from './names.ts';

export interface BundleSources extends Omit<LogSources, 'offsetMinutes'> {
  readonly host: string;
  /** What the service recorded, and the present samples; each oldest first. */
  readonly recorded: Iterable<Sample>;
  readonly seen: readonly Sample[];
  readonly signals: Iterable<Signal>;
}

export interface Bundled {
  readonly files: BundleContent;
  /** Number of samples written. */
  samples(): number;
  /** What is missing, one sentence each. */
  readonly problems: readonly string[];
}

/** nginx writes local time, so the offset of this host applies. */
const offsetMinutesAt = (at: number): number => -new Date(at).getTimezoneOffset();
const iso = (at: number): string => new Date(at).toISOString();

/** What the other files do not show: the offset of local times and the number of `worker_processes auto`. */
function factsText({ host, asOf, discovery, seen }: BundleSources, problems: readonly string[]): string {
  const system = seen.findLast((sample) => sample.probe === 'system');
  const facts = {
    host,
    nginxVersion: discovery?.nginx?.version ?? null,
    timezoneOffsetMinutes: offsetMinutesAt(asOf),
    ...(system?.ok === true ? { cpus: system.data.cpus } : {}),
    notes: redactAll(discovery?.notes ?? [], 'keep'),
    ...(problems.length === 0 ? {} : { problems }),
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}

/** A configuration may have a log for each of ten thousand servers, so only the first are named. */
const MOST_NAMED = 50;
const MOST_PATH = 256;

function logsLeftOut(paths: readonly string[], shown: (text: string) => string): readonly string[] {
  if (paths.length === 0) return [];
  const named = paths.slice(0, MOST_NAMED).map(shown).join(', ');
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  const logs = paths.length === 1 ? '1 log was' : `${paths.length} logs were`;
  return [`${logs} left out, as a bundle has ${MOST_LOGS} of a kind: ${named}${more}`];
}

export function bundleContent(sources: BundleSources): Bundled {
  const { host, asOf, discovery } = sources;
  const names = createNames();
  const config = discovery?.tree == null ? '' : printedConfig(discovery.tree, names);
  const pseudonyms = createPseudonyms(addressesIn(config), isCloudflare);
  const masked = (text: string): string => pseudonyms(names.again(text));
  const logs = logFiles({ ...sources, offsetMinutes: offsetMinutesAt(asOf) }, names, masked);
  const problems = logsLeftOut(logs.leftOut, (path) => masked(publishable(names.masked(path), MOST_PATH, 'keep')));
  let samples = 0;

  function* signalled(): Generator<string> {
    for (const signal of logs.signals(sources.signals)) {
      const { at, ...rest } = namedSignal(signal, names);
      yield `${masked(JSON.stringify({ type: 'signal', at: iso(at), host, ...rest }))}\n`;
    }
  }
  function* sampled(): Generator<string> {
    for (const { at, ...rest } of merged(sources.recorded, sources.seen)) {
      samples++;
      yield `${masked(sampleText({ type: 'sample', at: iso(at), host, ...rest }, names))}\n`;
    }
  }
  // Signals come after the logs from which they are taken.
  const records = { 'signals.ndjson': signalled(), 'samples.ndjson': sampled() };
  const files = { ...logs.files, 'nginx.conf': config, ...records, 'facts.json': masked(factsText(sources, problems)) };
  return { files, samples: () => samples, problems };
}
