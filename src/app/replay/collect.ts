/**
 * Everything a bundle holds: settings, facts, and a stream of observations in the order of their times. What is small
 * is read at once; logs stream, so that weeks of them need no memory.
 */

import { type BundleFile, readText } from '../../bundle/files.ts';
import { type LooseFacts, samplesOf } from '../../bundle/loose-facts.ts';
import { type Recorded, readSamples, readStubStatus } from '../../bundle/recorded-samples.ts';
import type { Sample } from '../../core/sample.ts';
import { parseDump } from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import type { Settings } from '../../nginx/settings.ts';
import { type AccessFormat, chooseFormat, formatsIn } from './access-format.ts';
import { logFilesOf } from './log-files.ts';
import { accessTime, firstErrorTime, firstShippedTime, lastErrorTime, offsetAgainst } from './log-time.ts';
import { mergeByTime, type Observation, type Observations, ofSample } from './observation.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { readErrorLogs } from './read-error-logs.ts';
import type { OnProgress } from './whole-lines.ts';

export interface Collected {
  readonly settings: Settings | null;
  readonly facts: LooseFacts;
  /** In order of time, or nearly. Can be read once. */
  readonly observations: AsyncIterable<Observation>;
  /** True once a line of nginx's own error log came by. */
  errorLogSeen(): boolean;
  /** What could not be used. */
  readonly problems: readonly string[];
}

/** Where a bundle without any time is placed. */
const NO_TIME_MS = Date.UTC(2000, 0, 1);
const STATUS_SPACING_MS = 5000;
const NOTHING: Recorded = { samples: [], problems: [] };
const HEAD_BYTES = 65_536;
const SOON_READ_BYTES = 8 * 1024 * 1024;
const MOST_OFFSET_MINUTES = 14 * 60;

async function head(file: BundleFile | undefined): Promise<string> {
  let text = '';
  if (file === undefined) return text;
  for await (const chunk of file.chunks()) {
    text += Buffer.from(chunk).toString('latin1', 0, HEAD_BYTES - text.length);
    if (text.length >= HEAD_BYTES) break;
  }
  return text;
}

/** The beginning of a log and, unless that takes long to reach, its end. */
interface Ends {
  readonly head: string;
  readonly tail: string;
}

async function ends(log: readonly BundleFile[]): Promise<Ends> {
  const newest = log.at(-1);
  const text = newest === undefined || newest.sizeBytes > SOON_READ_BYTES ? '' : await readText(newest);
  return { head: await head(log[0]), tail: text.slice(-HEAD_BYTES) };
}

async function readFacts(file: BundleFile | undefined, problems: string[]): Promise<LooseFacts> {
  const text = file === undefined ? '' : await readText(file);
  if (text.trim() === '') return {};
  try {
    const facts: unknown = JSON.parse(text);
    if (typeof facts === 'object' && facts !== null && !Array.isArray(facts)) return facts as LooseFacts;
    problems.push('facts.json: not an object');
  } catch {
    problems.push('facts.json: not JSON');
  }
  return {};
}

interface Configured {
  readonly settings: Settings | null;
  readonly formats: readonly AccessFormat[];
}

function configured(text: string | null, facts: LooseFacts): Configured {
  if (text === null || text.trim() === '') return { settings: null, formats: [] };
  const version = typeof facts.nginxVersion === 'string' ? facts.nginxVersion : null;
  const cpus = typeof facts.cpus === 'number' ? facts.cpus : null;
  const tree = parseDump(text);
  const settings = deriveSettings(tree, { origin: 'fragment', version, cpus, prefix: null });
  return { settings, formats: formatsIn(tree.nodes) };
}

function leastOf(times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((at) => typeof at === 'number' && !Number.isNaN(at)) as number[];
  return known.reduce<number | null>((least, at) => (least === null || at < least ? at : least), null);
}

interface Places {
  /** Where the recording begins. */
  readonly startMs: number;
  /** Minutes that the error logs' local time is ahead of UTC. */
  readonly offsetMinutes: number;
}

/** Lays the records of a bundle next to each other: only error logs carry no time zone. */
function place(error: Ends, accessHead: string, known: readonly number[], noted: unknown): Places {
  const firstAccess = accessTime(accessHead);
  const shipped = firstShippedTime(error.head);
  const times = shipped === null ? known : [shipped];
  const [fromMs, toMs] = [leastOf(times), leastOf(times.map((at) => -at))];
  const first = firstErrorTime(error.head);
  const last = lastErrorTime(error.tail) ?? first;
  const found =
    first === null || last === null || fromMs === null || toMs === null
      ? 0
      : offsetAgainst({ fromMs: first, toMs: shipped === null ? last : first }, { fromMs, toMs: -toMs });
  const offsetMinutes =
    typeof noted === 'number' && Math.abs(noted) <= MOST_OFFSET_MINUTES
      ? noted
      : shipped === null
        ? (firstAccess?.offsetMinutes ?? found)
        : found;
  const firstErrorMs = first === null ? null : first - offsetMinutes * 60_000;
  return { startMs: leastOf([...known, firstAccess?.at, firstErrorMs]) ?? NO_TIME_MS, offsetMinutes };
}

const timesOf = (samples: readonly Sample[]): number[] => samples.map(({ at }) => at);
const inOrder = (samples: readonly Sample[]): Observation[] =>
  samples.toSorted((a, b) => a.at - b.at).map((sample) => ofSample(sample));

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
  const { settings, formats } = configured(await text('nginx.conf'), facts);
  const sampleText = await text('samples.ndjson');
  const recorded = sampleText === null ? NOTHING : readSamples(sampleText);
  const statusText = await text('stub_status.ndjson');
  const timedStatus = statusText === null ? [] : timesOf(readStubStatus(statusText, Number.NaN, 0).samples);
  const known = [...timesOf(recorded.samples), ...timedStatus.filter((at) => !Number.isNaN(at))];

  const [errorLogs, accessLogs] = [logFilesOf(files, 'error'), logFilesOf(files, 'access')];
  const errorEnds = await Promise.all(errorLogs.map(ends));
  const isTimed = (index: number) => firstErrorTime(errorEnds[index]?.head ?? '') !== null;
  const timed = errorEnds.find(({ head: text }) => firstErrorTime(text) !== null) ?? { head: '', tail: '' };
  const accessHeads = await Promise.all(accessLogs.map(([oldest]) => head(oldest)));
  const { startMs, offsetMinutes } = place(timed, accessHeads[0] ?? '', known, facts.timezoneOffsetMinutes);
  const status = statusText === null ? NOTHING : readStubStatus(statusText, startMs, STATUS_SPACING_MS);
  problems.push(...recorded.problems, ...status.problems);

  // What the service had already made of a log or a page is not counted a second time.
  const has = (probe: Sample['probe']): boolean => recorded.samples.some((sample) => sample.probe === probe);
  let errorLogSeen = false;
  const errorOptions = {
    patternFolders,
    timezoneOffsetMinutes: offsetMinutes,
    onProgress,
    onRecognised: () => (errorLogSeen = true),
  };
  const streams: Observations[] = errorLogs
    .filter((_, index) => isTimed(index))
    .map((log) => readErrorLogs(log, { ...errorOptions, startMs }));
  streams.push(inOrder([...recorded.samples, ...(has('stub-status') ? [] : status.samples)]));
  if (!has('access')) {
    for (const [index, log] of accessLogs.entries()) {
      streams.push(readAccessLogs(log, { ...chooseFormat(accessHeads[index] ?? '', formats), startMs, onProgress }));
    }
  }

  async function* observations(): AsyncGenerator<Observation> {
    let end = startMs;
    for await (const observation of mergeByTime(streams)) {
      end = Math.max(end, observation.at);
      yield observation;
    }
    // Who notes figures or copies lines without their times does it when something is wrong: at the end.
    for (const [index, log] of errorLogs.entries()) {
      if (!isTimed(index)) yield* readErrorLogs(log, { ...errorOptions, startMs: end });
    }
    const slots = settings?.workerConnections.place == null ? null : settings.workerConnections.value;
    problems.push(...files.flatMap((file) => (file.damage() === null ? [] : `${file.name}: ${file.damage()}`)));
    yield* samplesOf(facts, end, slots).map((sample) => ofSample(sample));
  }
  return { settings, facts, observations: observations(), errorLogSeen: () => errorLogSeen, problems };
}
