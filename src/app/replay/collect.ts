/**
 * Everything a bundle holds: settings, facts, and a stream of observations in the order of their times. What is small
 * is read at once; logs stream, so that weeks of them need no memory.
 */

import { type BundleFile, readText } from '../../bundle/files.ts';
import { type LooseFacts, samplesOf } from '../../bundle/loose-facts.ts';
import { readSamples, readStubStatus } from '../../bundle/recorded-samples.ts';
import type { NotObservable } from '../../core/diagnosis.ts';
import type { Sample } from '../../core/sample.ts';
import { parseDump } from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import { isWhole } from '../../nginx/fragment.ts';
import type { Settings } from '../../nginx/settings.ts';
import { absentFiles } from './absent-files.ts';
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
  /** What the bundle does not hold. */
  readonly notObservable: readonly NotObservable[];
  /** The moment to speak of when nothing was observed. */
  readonly endMs: number;
  /** What could not be used. */
  readonly problems: readonly string[];
}

/** Where a bundle without any time is placed. */
const NO_TIME_MS = Date.UTC(2000, 0, 1);
const STATUS_SPACING_MS = 5000;
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

function configured(text: string, facts: LooseFacts): Configured {
  if (text.trim() === '') return { settings: null, formats: [] };
  const version = typeof facts.nginxVersion === 'string' ? facts.nginxVersion : null;
  const cpus = typeof facts.cpus === 'number' ? facts.cpus : null;
  const tree = parseDump(text);
  const origin = isWhole(tree.nodes) ? 'files' : 'fragment';
  const settings = deriveSettings(tree, { origin, version, cpus, prefix: null });
  return { settings, formats: formatsIn(tree.nodes) };
}

function leastOf(times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((at) => typeof at === 'number' && !Number.isNaN(at)) as number[];
  return known.reduce<number | null>((least, at) => (least === null || at < least ? at : least), null);
}

interface Places {
  /** Where the recording begins, and where it ends at the least. */
  readonly startMs: number;
  readonly endMs: number;
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
  const startMs = leastOf([...known, firstAccess?.at, firstErrorMs]) ?? NO_TIME_MS;
  const endMs = last === null ? startMs : Math.max(startMs, last - offsetMinutes * 60_000);
  return { startMs, endMs, offsetMinutes };
}

const timesOf = (samples: readonly Sample[]): number[] => samples.map(({ at }) => at);
const inOrder = (samples: readonly Sample[]): Observation[] =>
  samples.toSorted((a, b) => a.at - b.at).map((sample) => ofSample(sample));

interface Logs {
  /** Error logs with times, then without; each oldest file first. */
  readonly timed: readonly BundleFile[][];
  readonly untimed: readonly BundleFile[][];
  readonly access: readonly BundleFile[][];
  readonly accessHeads: readonly string[];
  /** Of the first log with times. */
  readonly errorEnds: Ends;
}

async function logsIn(files: readonly BundleFile[]): Promise<Logs> {
  const [errors, access] = [logFilesOf(files, 'error'), logFilesOf(files, 'access')];
  const all = await Promise.all(errors.map(ends));
  const isTimed = (index: number) => firstErrorTime(all[index]?.head ?? '') !== null;
  return {
    timed: errors.filter((_, index) => isTimed(index)),
    untimed: errors.filter((_, index) => !isTimed(index)),
    access,
    accessHeads: await Promise.all(access.map(([oldest]) => head(oldest))),
    errorEnds: all.find((_, index) => isTimed(index)) ?? { head: '', tail: '' },
  };
}

/** Reads the bundle's files. Nothing but them is looked at. */
export async function collect(
  files: readonly BundleFile[],
  patternFolders: readonly string[],
  onProgress: OnProgress,
): Promise<Collected> {
  const problems: string[] = [];
  const named = (name: string) => files.find((file) => file.name === name);
  const text = async (name: string): Promise<string> => {
    const file = named(name);
    return file === undefined ? '' : readText(file);
  };
  const facts = await readFacts(named('facts.json'), problems);
  const { settings, formats } = configured(await text('nginx.conf'), facts);
  const recorded = readSamples(await text('samples.ndjson'));
  const statusText = await text('stub_status.ndjson');
  const timedStatus = timesOf(readStubStatus(statusText, Number.NaN, 0).samples);
  const known = [...timesOf(recorded.samples), ...timedStatus.filter((at) => !Number.isNaN(at))];
  const logs = await logsIn(files);
  const noted = facts.timezoneOffsetMinutes;
  const { startMs, endMs, offsetMinutes } = place(logs.errorEnds, logs.accessHeads[0] ?? '', known, noted);
  const status = readStubStatus(statusText, startMs, STATUS_SPACING_MS);
  problems.push(...recorded.problems, ...status.problems);

  let errorLogSeen = false;
  const onRecognised = () => {
    errorLogSeen = true;
  };
  const errorOptions = { patternFolders, timezoneOffsetMinutes: offsetMinutes, onProgress, onRecognised };
  // What the service had already made of a log or a page is not counted a second time.
  const has = (probe: Sample['probe']): boolean => recorded.samples.some((sample) => sample.probe === probe);
  const streams: Observations[] = [
    ...logs.timed.map((log) => readErrorLogs(log, { ...errorOptions, startMs })),
    inOrder([...recorded.samples, ...(has('stub-status') ? [] : status.samples)]),
    ...(has('access') ? [] : logs.access).map((log, index) => {
      const format = chooseFormat(logs.accessHeads[index] ?? '', formats);
      return readAccessLogs(log, { ...format, startMs, onProgress });
    }),
  ];

  async function* observations(): AsyncGenerator<Observation> {
    let end = startMs;
    for await (const observation of mergeByTime(streams)) {
      end = Math.max(end, observation.at);
      yield observation;
    }
    // Who notes figures or copies lines without their times does it when something is wrong: at the end.
    for (const log of logs.untimed) yield* readErrorLogs(log, { ...errorOptions, startMs: end });
    problems.push(...files.flatMap((file) => (file.damage() === null ? [] : `${file.name}: ${file.damage()}`)));
    const slots = settings?.workerConnections.place == null ? null : settings.workerConnections.value;
    yield* samplesOf(facts, end, slots).map((sample) => ofSample(sample));
  }
  return {
    settings,
    facts,
    observations: observations(),
    errorLogSeen: () => errorLogSeen,
    notObservable: absentFiles(files.map(({ name }) => name)),
    endMs,
    problems,
  };
}
