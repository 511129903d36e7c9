/** A bundle of a host replays to the same diagnosis as the host's files: redaction loses none. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.ts';
import type { Sample } from '../../../src/core/sample.ts';
import type { Discovery } from '../../../src/discovery/discover.ts';
import { parseDump } from '../../../src/nginx/config-tree.ts';
import { chooseFormat, formatsIn } from '../../../src/replay/access-format.ts';
import { openBundleFiles } from '../../../src/replay/bundle/files.ts';
import { recordsOf, sampleReader, statusReader } from '../../../src/replay/bundle/recorded-samples.ts';
import { writeBundle } from '../../../src/replay/bundle/write.ts';
import { replay } from '../../../src/replay/replay.ts';
import { bundleContent } from '../../../src/replay/write-bundle/content.ts';
import { loadMatcher } from '../../../src/service/signal-makers.ts';
import { SAMPLE_KINDS } from '../../support/parts.ts';
import { causes } from '../recording.ts';

const readSample = sampleReader(SAMPLE_KINDS);

const SCENARIOS = resolve(import.meta.dirname, '../../scenarios');
process.env.TZ = 'UTC';
const TIMED = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[/;
const SMALL_BYTES = 3_000_000;
const { thresholds, incidents } = configSchema.parse({});
const options = { causes, thresholds, incidents, patternFolders: [], host: 'recorded' };
const matcher = loadMatcher([]);

const text = (id: string, name: string): string => {
  const path = join(SCENARIOS, id, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** Recordings of a host: each line has its time, and no figure was noted by hand. */
const recordings = readdirSync(SCENARIOS).filter((id) => {
  const lines = text(id, 'error.log').trimEnd().split('\n');
  return (
    text(id, 'facts.json') === '' &&
    // A bundle of ours stores the page as samples.
    (text(id, 'stub_status.ndjson') === '' || text(id, 'samples.ndjson') !== '') &&
    lines.every((line) => TIMED.test(line)) &&
    text(id, 'error.log').length < SMALL_BYTES
  );
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-same-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function samplesOf(id: string): Promise<Sample[]> {
  const files = await openBundleFiles(join(SCENARIOS, id));
  const found: Sample[] = [];
  for (const [name, read] of [
    ['samples.ndjson', readSample],
    ['stub_status.ndjson', statusReader(0, 5000)],
  ] as const) {
    const file = files.find((one) => one.name === name);
    if (file === undefined || found.some(({ probe }) => probe === 'stub-status')) continue;
    for await (const { record } of recordsOf(file, read, () => {})) found.push(record);
  }
  return found.sort((a, b) => a.at - b.at);
}

function discoveryOf(id: string): Discovery {
  const config = text(id, 'nginx.conf');
  const tree = config === '' ? null : parseDump(config);
  const access = text(id, 'access.log').slice(0, 65_536);
  const format = chooseFormat(Buffer.from(access).toString('latin1'), formatsIn(tree?.nodes ?? []));
  return {
    nginx: null,
    blind: null,
    hidden: false,
    settings: null,
    tree,
    notes: [],
    notObservable: [],
    errorLogs: text(id, 'error.log') === '' ? [] : [join(SCENARIOS, id, 'error.log')],
    accessLogs: access === '' ? [] : [{ path: join(SCENARIOS, id, 'access.log'), ...format }],
    status: null,
  };
}

async function bundled(id: string): Promise<string> {
  const sources = { host: 'recorded', asOf: Date.now(), sinceMs: 0, discovery: discoveryOf(id), matcher };
  const content = bundleContent({ ...sources, recorded: await samplesOf(id), seen: [], signals: [] });
  // Facts of this host would change a recording of another one.
  await writeBundle(join(folder, 'bundle'), { ...content.files, 'facts.json': '' });
  return join(folder, 'bundle');
}

async function told(path: string) {
  const { diagnosis, incidents: stories } = await replay(path, options);
  const { verdict, cause, severity, confidence, alsoPresent, losing, evidenceFor, fixes } = diagnosis;
  return {
    ...{ verdict, cause, severity, confidence, alsoPresent, losing },
    evidence: evidenceFor.map(({ signal, value }) => [signal, value]),
    fixes: fixes.map(({ directive, to }) => [directive, to]),
    stories: stories.map(({ incident, changes }) => [incident.cause, changes.map(({ kind, at }) => [kind, at])]),
  };
}

describe('a written bundle', () => {
  it('exists for most recordings', () => {
    expect(recordings.length).toBeGreaterThan(80);
  });

  it.each(recordings)(
    'says what its host says: %s',
    async (id) => {
      expect(await told(await bundled(id))).toEqual(await told(join(SCENARIOS, id)));
    },
    60_000,
  );
});
