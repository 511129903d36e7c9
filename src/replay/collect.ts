/**
 * Collects everything in a bundle: settings, facts, and a stream of observations in order of time. Reads small files at
 * once and streams logs, so that weeks of them need bounded memory.
 */

import type { NotObservable } from '../core/diagnosis.ts';
import type { Sample } from '../core/sample.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { Settings } from '../core/settings.ts';
import { meaningsOf } from '../match/pattern.ts';
import { createWasmScanner } from '../match/wasm/wasm-scanner.ts';
import { parseDump } from '../nginx/config-tree.ts';
import { deriveSettings } from '../nginx/effective.ts';
import { isWhole } from '../nginx/fragment.ts';
import { loadSampleKinds } from '../service/load-probes.ts';
import { loadMatcher } from '../service/signal-makers.ts';
import { absentFiles } from './absent-files.ts';
import { type AccessFormat, chooseFormat, formatsIn } from './access-format.ts';
import { type BundleFile, readText } from './bundle/files.ts';
import { type LooseFacts, samplesOf } from './bundle/loose-facts.ts';
import { type ReadLine, sampleReader, statusReader } from './bundle/recorded-samples.ts';
import { readSignal } from './bundle/recorded-signals.ts';
import type { LeaveOut } from './bundle/stored-file.ts';
import { logFilesOf } from './log-files.ts';
import { accessTime, firstErrorTime, firstShippedTime, lastErrorTime } from './log-time.ts';
import { mergeByTime, type Observation, type Observations, ofSample } from './observation.ts';
import { type Places, placeRecords } from './place-records.ts';
import { type AccessLogOptions, readAccessLogs } from './read-access-logs.ts';
import { holdsNginxLine, readErrorLogs } from './read-error-logs.ts';
import { recordedSamples, recordedSignals, type Survey, survey } from './recorded.ts';
import type { OnProgress } from './whole-lines.ts';

export interface Collected {
  readonly settings: Settings | null;
  readonly facts: LooseFacts;
  /** The kinds of samples. */
  readonly sampleKinds: readonly SampleKind[];
  /** In order of time, or nearly. Can be read once. */
  readonly observations: AsyncIterable<Observation>;
  /** True once a line of nginx's error log was read. */
  errorLogSeen(): boolean;
  /** What the bundle lacks. */
  readonly notObservable: readonly NotObservable[];
  /** The time of the diagnosis when there are no observations. */
  readonly endMs: number;
  /** What could not be read. */
  readonly problems: readonly string[];
}

const STATUS_SPACING_MS = 5000;
/** People write them by hand. */
const MOST_FACTS_BYTES = 512 * 1024;
const SEMICOLON = 59;
const BRACE = 123;
/** Each statement takes several hundred bytes. */
const MOST_STATEMENTS = 300_000;
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

/** Empty when the end is far. The size of a zipped file is known only after reading it. */
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

function readFacts(text: string, leaveOut: LeaveOut): LooseFacts {
  if (text.trim() === '') return {};
  try {
    const facts: unknown = JSON.parse(text);
    if (typeof facts === 'object' && facts !== null && !Array.isArray(facts)) return facts as LooseFacts;
    leaveOut('facts.json: not an object');
  } catch {
    leaveOut('facts.json: not JSON');
  }
  return {};
}

interface Configured {
  readonly settings: Settings | null;
  readonly formats: readonly AccessFormat[];
}

function isTooDense(text: string): boolean {
  let statements = 0;
  for (let at = 0; at < text.length && statements <= MOST_STATEMENTS; at++) {
    const sign = text.charCodeAt(at);
    if (sign === SEMICOLON || sign === BRACE) statements++;
  }
  return statements > MOST_STATEMENTS;
}

function configured(text: string, facts: LooseFacts, leaveOut: LeaveOut): Configured {
  if (text.trim() === '') return { settings: null, formats: [] };
  if (isTooDense(text)) {
    leaveOut(`nginx.conf: more than ${MOST_STATEMENTS} directives, not read`);
    return { settings: null, formats: [] };
  }
  const version = typeof facts.nginxVersion === 'string' ? facts.nginxVersion : null;
  const cpus = typeof facts.cpus === 'number' ? facts.cpus : null;
  const tree = parseDump(text);
  const origin = isWhole(tree.nodes) ? 'files' : 'fragment';
  const settings = deriveSettings(tree, { origin, version, cpus, prefix: null });
  return { settings, formats: formatsIn(tree.nodes) };
}

interface Logs {
  /** Error logs with times, then without; each oldest file first. */
  readonly timed: readonly BundleFile[][];
  readonly untimed: readonly BundleFile[][];
  readonly access: readonly BundleFile[][];
  readonly accessHeads: readonly string[];
  readonly errorHeads: readonly Buffer[];
  /** Of the first log with times. */
  readonly errorEnds: Ends;
}

/** Each log takes a reader, its buffers and an open file. */
const MOST_LOGS = 64;

function firstLogs(logs: BundleFile[][], kind: string, leaveOut: LeaveOut): BundleFile[][] {
  if (logs.length > MOST_LOGS) leaveOut(`${logs.length - MOST_LOGS} of ${logs.length} ${kind} logs were not read`);
  return logs.slice(0, MOST_LOGS);
}

async function logsIn(files: readonly BundleFile[], leaveOut: LeaveOut): Promise<Logs> {
  const errors = firstLogs(logFilesOf(files, 'error'), 'error', leaveOut);
  const access = firstLogs(logFilesOf(files, 'access'), 'access', leaveOut);
  const all = await Promise.all(errors.map(ends));
  const isTimed = (index: number) => firstErrorTime(all[index]?.head ?? '') !== null;
  return {
    timed: errors.filter((_, index) => isTimed(index)),
    untimed: errors.filter((_, index) => !isTimed(index)),
    access,
    errorHeads: all.map(({ head: text }) => Buffer.from(text, 'latin1')),
    accessHeads: await Promise.all(access.map(([oldest]) => head(oldest))),
    errorEnds: all.find((_, index) => isTimed(index)) ?? { head: '', tail: '' },
  };
}

/** The recorded files of a bundle, without its logs. */
interface Records extends Configured {
  readonly facts: LooseFacts;
  readonly samples: BundleFile | undefined;
  readonly readSample: ReadLine<Sample>;
  readonly pages: BundleFile | undefined;
  readonly signals: BundleFile | undefined;
  readonly sampled: Survey;
  readonly paged: Survey;
  readonly signalled: Survey;
}

async function recordsIn(
  files: readonly BundleFile[],
  readSample: ReadLine<Sample>,
  leaveOut: LeaveOut,
): Promise<Records> {
  const named = (name: string): BundleFile | undefined => files.find((each) => each.name === name);
  const text = async (name: string, maxBytes?: number): Promise<string> => {
    const file = named(name);
    return file === undefined ? '' : ((await readText(file, leaveOut, maxBytes)) ?? '');
  };
  const facts = readFacts(await text('facts.json', MOST_FACTS_BYTES), leaveOut);
  const [samples, pages, signals] = ['samples.ndjson', 'stub_status.ndjson', 'signals.ndjson'].map(named);
  return {
    ...configured(await text('nginx.conf'), facts, leaveOut),
    facts,
    samples,
    readSample,
    pages,
    signals,
    sampled: await survey(samples, readSample, leaveOut),
    paged: await survey(pages, statusReader(Number.NaN, STATUS_SPACING_MS), leaveOut),
    signalled: await survey(signals, readSignal, leaveOut),
  };
}

function placesOf({ errorEnds, accessHeads }: Logs, { sampled, paged, signalled, facts }: Records): Places {
  const first = firstErrorTime(errorEnds.head);
  return placeRecords({
    error: first === null ? null : { fromMs: first, toMs: lastErrorTime(errorEnds.tail) ?? first },
    shippedMs: firstShippedTime(errorEnds.head),
    access: accessTime(accessHeads[0] ?? ''),
    sampledMs: [sampled.span, paged.span, signalled.span].flatMap((span) =>
      span === null ? [] : [span.fromMs, span.toMs],
    ),
    noted: facts.timezoneOffsetMinutes,
  });
}

/** Skips what the recorded samples contain already. */
function sampleStreams(
  { access, accessHeads }: Logs,
  { samples, readSample, pages, sampled, formats }: Records,
  options: Pick<AccessLogOptions, 'startMs' | 'onProgress'> & { readonly leaveOut: LeaveOut },
): Observations[] {
  const { leaveOut, startMs } = options;
  const notes = sampled.probes.has('stub-status') ? undefined : pages;
  return [
    ...(samples === undefined ? [] : [recordedSamples(samples, readSample, leaveOut)]),
    ...(notes === undefined ? [] : [recordedSamples(notes, statusReader(startMs, STATUS_SPACING_MS), leaveOut)]),
    ...(sampled.probes.has('access') ? [] : access).map((log, index) =>
      readAccessLogs(log, { ...chooseFormat(accessHeads[index] ?? '', formats), ...options }),
    ),
  ];
}

/** Reads the bundle's files and nothing else. */
export async function collect(
  files: readonly BundleFile[],
  patternFolders: readonly string[],
  onProgress: OnProgress,
  leftOut: readonly string[] = [],
): Promise<Collected> {
  const problems: string[] = [...leftOut];
  const leaveOut: LeaveOut = (sentence) => void problems.push(sentence);
  const sampleKinds = await loadSampleKinds();
  const records = await recordsIn(files, sampleReader(sampleKinds), leaveOut);
  const { settings, facts } = records;
  const logs = await logsIn(files, leaveOut);
  const { startMs, endMs, offsetMinutes } = placesOf(logs, records);

  // Signals from these logs are recorded already.
  const { signals } = records;
  let errorLogSeen = signals !== undefined && (records.signalled.count > 0 || logs.errorHeads.some(holdsNginxLine));
  const onRecognised = () => {
    errorLogSeen = true;
  };
  const matcher = loadMatcher(patternFolders, createWasmScanner);
  const errorOptions = { matcher, timezoneOffsetMinutes: offsetMinutes, onProgress, onRecognised };
  const streams: Observations[] = [
    ...(signals === undefined
      ? logs.timed.map((log) => readErrorLogs(log, { ...errorOptions, startMs }))
      : [recordedSignals(signals, readSignal, meaningsOf(matcher.catalogue.patterns))]),
    ...sampleStreams(logs, records, { startMs, onProgress, leaveOut }),
  ];

  async function* observations(): AsyncGenerator<Observation> {
    let end = startMs;
    for await (const observation of mergeByTime(streams)) {
      end = Math.max(end, observation.at);
      yield observation;
    }
    // Noted figures and lines without times come from the time of the failure, so they are placed at the end.
    for (const log of signals === undefined ? logs.untimed : [])
      yield* readErrorLogs(log, { ...errorOptions, startMs: end });
    problems.push(...files.flatMap((file) => (file.damage() === null ? [] : `${file.name}: ${file.damage()}`)));
    const slots = settings?.workerConnections.place == null ? null : settings.workerConnections.value;
    yield* samplesOf(facts, end, slots).map(ofSample);
  }
  return {
    settings,
    facts,
    sampleKinds,
    observations: observations(),
    errorLogSeen: () => errorLogSeen,
    // Recorded signals come from error logs.
    notObservable: absentFiles([...files.map(({ name }) => name), ...(signals === undefined ? [] : ['error.log'])]),
    endMs,
    problems,
  };
}
