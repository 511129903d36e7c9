/** Everything a bundle holds, as settings, facts and a stream of observations in the order of their times. */

import { type BundleFile, readText } from '../../bundle/files.ts';
import { type LooseFacts, samplesOf } from '../../bundle/loose-facts.ts';
import { type Recorded, readSamples, readStubStatus } from '../../bundle/recorded-samples.ts';
import type { Sample } from '../../core/sample.ts';
import type { Signal } from '../../core/signal.ts';
import { parseDump } from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import { COMBINED_FORMAT } from '../../nginx/log-format.ts';
import type { Settings } from '../../nginx/settings.ts';
import { accessTime, firstErrorTime, offsetAgainst } from './log-time.ts';
import { logFilesOf, type OnProgress, readAccessLogs, readErrorLogs } from './read-logs.ts';

export type Observation =
  | { readonly at: number; readonly kind: 'signal'; readonly signal: Signal }
  | { readonly at: number; readonly kind: 'sample'; readonly sample: Sample };

export interface Collected {
  readonly settings: Settings | null;
  readonly facts: LooseFacts;
  /** By time; equal times in the order of the files. */
  readonly observations: readonly Observation[];
  /** False when nothing in the bundle carries a time: then only the order is known. */
  readonly timed: boolean;
  readonly problems: readonly string[];
}

/** Where a bundle without any time is placed. */
const NO_TIME_MS = Date.UTC(2000, 0, 1);
const STATUS_SPACING_MS = 5000;
const NOTHING: Recorded = { samples: [], problems: [] };

async function head(file: BundleFile | undefined): Promise<string> {
  if (file === undefined) return '';
  for await (const chunk of file.chunks()) return Buffer.from(chunk).toString('latin1', 0, 65_536);
  return '';
}

async function readFacts(file: BundleFile | undefined, problems: string[]): Promise<LooseFacts> {
  if (file === undefined) return {};
  try {
    const facts: unknown = JSON.parse(await readText(file));
    if (typeof facts === 'object' && facts !== null && !Array.isArray(facts)) return facts as LooseFacts;
    problems.push('facts.json: not an object');
  } catch {
    problems.push('facts.json: not JSON');
  }
  return {};
}

function settingsOf(text: string, facts: LooseFacts): Settings {
  const version = typeof facts.nginxVersion === 'string' ? facts.nginxVersion : null;
  const cpus = typeof facts.cpus === 'number' ? facts.cpus : null;
  const prefix = null;
  return deriveSettings(parseDump(text), { origin: 'fragment', version, cpus, prefix });
}

/** The format of the log that `access.log` most likely is. */
function accessFormat(settings: Settings | null): { format: string; escape: 'default' | 'json' | 'none' } {
  const defined = settings?.accessLogs.filter((log) => log.format !== null && log.target !== 'off') ?? [];
  const log = defined.find(({ target }) => target.endsWith('/access.log') || target === 'access.log') ?? defined[0];
  return { format: log?.format ?? COMBINED_FORMAT, escape: log?.escape ?? 'default' };
}

const times = (samples: readonly Sample[]): number[] => samples.map((sample) => sample.at);

/** Reads the bundle's files. Nothing but them is looked at. */
export async function collect(
  files: readonly BundleFile[],
  patternFolders: readonly string[],
  onProgress: OnProgress,
): Promise<Collected> {
  const problems: string[] = [];
  const named = (name: string) => files.find((file) => file.name === name);
  const text = async (name: string): Promise<string | null> => {
    const file = named(name);
    return file === undefined ? null : readText(file);
  };
  const facts = await readFacts(named('facts.json'), problems);
  const config = await text('nginx.conf');
  const settings = config === null ? null : settingsOf(config, facts);
  const [errorLogs, accessLogs] = [logFilesOf(files, 'error'), logFilesOf(files, 'access')];

  const sampleText = await text('samples.ndjson');
  const recorded = sampleText === null ? NOTHING : readSamples(sampleText);
  const [errorHead, accessHead] = [await head(errorLogs[0]), await head(accessLogs[0])];
  const firstAccess = accessTime(accessHead);
  const firstError = firstErrorTime(errorHead);
  const statusText = await text('stub_status.ndjson');
  const timedStatus =
    statusText === null
      ? []
      : times(readStubStatus(statusText, Number.NaN, 0).samples).filter((at) => !Number.isNaN(at));
  const known = [...times(recorded.samples), ...timedStatus];
  const span = known.length === 0 ? null : { fromMs: Math.min(...known), toMs: Math.max(...known) };
  const offset =
    firstAccess?.offsetMinutes ?? (firstError === null || span === null ? 0 : offsetAgainst(firstError, span));
  const firstErrorMs = firstError === null ? null : firstError - offset * 60_000;
  const starts = [span?.fromMs, firstAccess?.at, firstErrorMs].filter((at) => at !== null && at !== undefined);
  const startMs = starts.length === 0 ? NO_TIME_MS : Math.min(...starts);

  const status = statusText === null ? NOTHING : readStubStatus(statusText, startMs, STATUS_SPACING_MS);
  const signals = await readErrorLogs(errorLogs, {
    patternFolders,
    timezoneOffsetMinutes: offset,
    startMs,
    onProgress,
  });
  // What the service had already made of a log or a page is not counted a second time.
  const has = (probe: Sample['probe']): boolean => recorded.samples.some((sample) => sample.probe === probe);
  const access = has('access')
    ? []
    : await readAccessLogs(accessLogs, { ...accessFormat(settings), startMs, onProgress });
  const pages = has('stub-status') ? [] : status.samples;
  const observations: Observation[] = [
    ...signals.map((signal) => ({ at: signal.at, kind: 'signal' as const, signal })),
    ...[...recorded.samples, ...pages, ...access].map((sample) => ({
      at: sample.at,
      kind: 'sample' as const,
      sample,
    })),
  ].sort((a, b) => a.at - b.at);
  const end = observations.at(-1)?.at ?? startMs;
  const noted = samplesOf(
    facts,
    end,
    settings?.workerConnections.place == null ? null : settings.workerConnections.value,
  );
  observations.push(...noted.map((sample) => ({ at: end, kind: 'sample' as const, sample })));
  problems.push(...recorded.problems, ...status.problems);
  return { settings, facts, observations, timed: starts.length > 0, problems };
}
