/**
 * Everything a bundle holds: settings, facts, and a stream of observations in the order of their times. What is small
 * is read at once; logs stream, so that weeks of them need no memory.
 */
import { type BundleFile, readText } from '../../bundle/files.ts';
import { type LooseFacts, samplesOf } from '../../bundle/loose-facts.ts';
import { type Recorded, readSamples, readStubStatus } from '../../bundle/recorded-samples.ts';
import type { NotObservable } from '../../core/diagnosis.ts';
import type { Sample } from '../../core/sample.ts';
import { parseDump } from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import { isWhole } from '../../nginx/fragment.ts';
import type { Settings } from '../../nginx/settings.ts';
import { absentFiles } from './absent-files.ts';
import { type AccessFormat, chooseFormat, formatsIn } from './access-format.ts';
import { logFilesOf } from './log-files.ts';
import { accessTime, firstErrorTime, firstShippedTime, lastErrorTime } from './log-time.ts';
import { mergeByTime, type Observation, type Observations, ofSample } from './observation.ts';
import { type Places, placeRecords } from './place-records.ts';
import { type AccessLogOptions, readAccessLogs } from './read-access-logs.ts';
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

const STATUS_SPACING_MS = 5000;
const HEAD_BYTES = 65_536;
const SOON_READ_BYTES = 8 * 1024 * 1024;
const SOON_UNPACKED_BYTES = 64 * 1024 * 1024;

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

/** Empty when the end is far; a zipped file tells only while it is read how far. */
async function tail(file: BundleFile | undefined): Promise<string> {
  if (file === undefined || file.sizeBytes > SOON_READ_BYTES) return '';
  let kept = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of file.chunks()) {
    read += chunk.length;
    if (read > SOON_UNPACKED_BYTES) return '';
    kept = Buffer.concat([kept, chunk]).subarray(-HEAD_BYTES);
  }
  return kept.toString('utf8');
}

async function ends(log: readonly BundleFile[]): Promise<Ends> {
  return { head: await head(log[0]), tail: await tail(log.at(-1)) };
}

function readFacts(text: string, problems: string[]): LooseFacts {
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

const inOrder = (samples: readonly Sample[]): Observation[] => samples.toSorted((a, b) => a.at - b.at).map(ofSample);

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

/** What is small enough to be read at once. */
interface Small extends Configured {
  readonly facts: LooseFacts;
  readonly recorded: readonly Sample[];
  /** Notes of the status page; those without a time follow each other from `startMs` on. */
  notedPages(startMs: number): Recorded;
}

async function readSmall(files: readonly BundleFile[], problems: string[]): Promise<Small> {
  const text = async (name: string): Promise<string> => {
    const file = files.find((each) => each.name === name);
    return file === undefined ? '' : readText(file);
  };
  const facts = readFacts(await text('facts.json'), problems);
  const { samples, problems: misfits } = readSamples(await text('samples.ndjson'));
  const pages = await text('stub_status.ndjson');
  problems.push(...misfits);
  return {
    ...configured(await text('nginx.conf'), facts),
    facts,
    recorded: samples,
    notedPages: (startMs) => readStubStatus(pages, startMs, STATUS_SPACING_MS),
  };
}

function placesOf({ errorEnds, accessHeads }: Logs, { recorded, notedPages, facts }: Small): Places {
  const first = firstErrorTime(errorEnds.head);
  const sampled = [...recorded, ...notedPages(Number.NaN).samples].map(({ at }) => at);
  return placeRecords({
    error: first === null ? null : { fromMs: first, toMs: lastErrorTime(errorEnds.tail) ?? first },
    shippedMs: firstShippedTime(errorEnds.head),
    access: accessTime(accessHeads[0] ?? ''),
    sampledMs: sampled.filter((at) => !Number.isNaN(at)),
    noted: facts.timezoneOffsetMinutes,
  });
}

/** What the service had already made of a log or a page is not counted a second time. */
function sampleStreams(
  { access, accessHeads }: Logs,
  { recorded, formats }: Small,
  pages: readonly Sample[],
  options: Pick<AccessLogOptions, 'startMs' | 'onProgress'>,
): Observations[] {
  const has = (probe: Sample['probe']): boolean => recorded.some((sample) => sample.probe === probe);
  return [
    inOrder([...recorded, ...(has('stub-status') ? [] : pages)]),
    ...(has('access') ? [] : access).map((log, index) =>
      readAccessLogs(log, { ...chooseFormat(accessHeads[index] ?? '', formats), ...options }),
    ),
  ];
}

/** Reads the bundle's files. Nothing but them is looked at. */
export async function collect(
  files: readonly BundleFile[],
  patternFolders: readonly string[],
  onProgress: OnProgress,
): Promise<Collected> {
  const problems: string[] = [];
  const small = await readSmall(files, problems);
  const { settings, facts } = small;
  const logs = await logsIn(files);
  const { startMs, endMs, offsetMinutes } = placesOf(logs, small);
  const pages = small.notedPages(startMs);
  problems.push(...pages.problems);

  let errorLogSeen = false;
  const onRecognised = () => {
    errorLogSeen = true;
  };
  const errorOptions = { patternFolders, timezoneOffsetMinutes: offsetMinutes, onProgress, onRecognised };
  const streams: Observations[] = [
    ...logs.timed.map((log) => readErrorLogs(log, { ...errorOptions, startMs })),
    ...sampleStreams(logs, small, pages.samples, { startMs, onProgress }),
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
    yield* samplesOf(facts, end, slots).map(ofSample);
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
