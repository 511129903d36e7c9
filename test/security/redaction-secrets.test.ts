/** Secrets of a configuration, of requests and of applications: none is in anything that gapwatch keeps, shows or sends. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { IncidentChange } from '../../src/core/incident.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { demoAgent } from '../../src/demo/demo-host.ts';
import type { Discovery } from '../../src/discovery/discover.ts';
import { parseDump } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { COMBINED_FORMAT } from '../../src/nginx/log-format.ts';
import { writeBundle } from '../../src/replay/bundle/write.ts';
import { replay } from '../../src/replay/replay.ts';
import { bundleContent } from '../../src/replay/write-bundle/content.ts';
import type { AgentSink } from '../../src/service/agent.ts';
import { createEvents } from '../../src/service/events.ts';
import { loadCauses } from '../../src/service/load-causes.ts';
import { audit, auditReport } from '../../src/service/reports/audit-report.ts';
import { hostFactsOf } from '../../src/service/reports/host-facts.ts';
import { createService } from '../../src/service/service.ts';
import { loadMatcher, loadSignalMakers } from '../../src/service/signal-makers.ts';
import { checkAnswer, checksTable } from '../../src/slack/blocks/checks.ts';
import { evidenceModal, whyAnswer } from '../../src/slack/blocks/differential.ts';
import { incidentMessage } from '../../src/slack/blocks/incident.ts';
import { reportMessage } from '../../src/slack/blocks/report.ts';
import { openStore } from '../../src/store/store.ts';
import { CHECKS } from '../support/checks.ts';
import { clockAt } from '../support/clock-at.ts';
import { PARTS } from '../support/parts.ts';
import {
  ALL_SECRETS,
  ERROR_SECRETS,
  leaks,
  PLANTED_ACCESS_LOG,
  PLANTED_CONFIG,
  PLANTED_ERROR_LOG,
} from '../support/planted-secrets.ts';

process.env.TZ = 'UTC';
const NOW = Date.parse('2026-01-01T00:00:35Z');
const config = configSchema.parse({});
const causes = await loadCauses();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-secrets-'));
  writeFileSync(join(folder, 'error.log'), PLANTED_ERROR_LOG);
  writeFileSync(join(folder, 'access.log'), PLANTED_ACCESS_LOG);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tree = parseDump(PLANTED_CONFIG);
const settings = deriveSettings(tree, { origin: 'live', version: '1.22.1', cpus: 2, prefix: '/usr/share/nginx/' });
const discovery = (): Discovery => ({
  nginx: null,
  blind: null,
  hidden: false,
  settings,
  tree,
  notes: [],
  notObservable: [],
  errorLogs: [join(folder, 'error.log')],
  accessLogs: [{ path: join(folder, 'access.log'), format: COMBINED_FORMAT, escape: 'default' }],
  status: null,
});

const bytesIn = (path: string): string =>
  readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'latin1'))
    .join('\n');

const content = () =>
  bundleContent({
    host: 'web-1',
    asOf: NOW,
    sinceMs: 0,
    discovery: discovery(),
    matcher: loadMatcher([]),
    recorded: [],
    seen: [],
    signals: [],
  }).files;

describe('the secrets of this test', () => {
  it('are many, and are where they are said to be', () => {
    expect(ALL_SECRETS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ALL_SECRETS.map(({ secret }) => secret)).size).toBe(ALL_SECRETS.length);
    expect(leaks(`${PLANTED_CONFIG}${PLANTED_ERROR_LOG}${PLANTED_ACCESS_LOG}`)).toHaveLength(ALL_SECRETS.length);
  });
});

describe('a bundle', () => {
  it('holds none of them, as a folder and as an archive', async () => {
    await writeBundle(join(folder, 'plain'), content());
    await writeBundle(join(folder, 'packed.tar.gz'), content());
    expect(readdirSync(join(folder, 'plain')).sort()).toEqual([
      'access.log',
      'error.log',
      'facts.json',
      'nginx.conf',
      'signals.ndjson',
    ]);
    const plain = bytesIn(join(folder, 'plain'));
    expect(plain.length).toBeGreaterThan(10_000);
    expect(leaks(plain)).toEqual([]);
    expect(leaks(gunzipSync(readFileSync(join(folder, 'packed.tar.gz'))).toString('latin1'))).toEqual([]);
  });

  it('still says what happened: which upstream, which error, which status', async () => {
    await writeBundle(join(folder, 'plain'), content());
    const text = (name: string): string => readFileSync(join(folder, 'plain', name), 'utf8');
    expect(text('error.log')).toContain(
      'connect() failed (111: Connection refused) while connecting to upstream, client: 198.18.0.1, server: shop.example, request: "GET /~',
    );
    expect(text('access.log')).toMatch(
      /^198\.18\.0\.1 - … \[01\/Jan\/2026:00:00:05 \+0000\] "GET \/~\d+ HTTP\/1\.1" 502 157 "-" "…"$/m,
    );
    const told = await replay(join(folder, 'plain'), { causes, ...config, patternFolders: [], host: 'x' });
    expect(told.problems).toEqual([]);
    expect([told.diagnosis.cause, ...told.diagnosis.alsoPresent]).toContain('upstream-down');
  });
});

/** A service that saw all of it: what it stored, streamed and posted. */
async function served() {
  const path = join(folder, 'gapwatch.db');
  const store = openStore(path);
  const stream = new PassThrough();
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  const changes: IncidentChange[] = [];
  let sink: AgentSink | null = null;
  const service = createService({
    config,
    host: 'web-1',
    store,
    ...PARTS,
    causes,
    clock: clockAt(() => NOW),
    logger: silentLogger,
    events: createEvents(stream, 'web-1', () => {}),
    makeAgent(options) {
      sink = options.sink;
      return demoAgent(options.sink, NOW, [10]);
    },
    onChange: (change) => void changes.push(change),
  });
  const agent = sink as AgentSink | null;
  agent?.settings(settings, []);
  const make = loadSignalMakers([], { now: () => NOW }, { timezoneOffsetMinutes: 0 }).forSource(
    '/var/log/nginx/error.log',
  );
  agent?.signals(make({ source: 'e', generation: 'g', offset: 0, bytes: Buffer.from(PLANTED_ERROR_LOG) }));
  agent?.samples([{ probe: 'kernel', at: NOW, ok: false, reason: 'absent', detail: 'x' }]);
  const evidence = service.evidence();
  await service.stop();
  store.close();
  return { evidence, diagnosis: service.diagnosis(), changes, events: Buffer.concat(parts).toString('utf8'), path };
}

describe('a service', () => {
  it('keeps, streams and posts none of them', async () => {
    const { evidence, diagnosis, changes, events, path } = await served();
    expect(changes.map(({ kind }) => kind)).toContain('opened');
    expect(leaks(events)).toEqual([]);
    expect(events).toContain('"type":"signal"');
    const files = readdirSync(folder).filter((name) => name.startsWith('gapwatch.db'));
    const stored = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
    expect(stored).toContain('connect-refused');
    expect(path).toContain(files[0] ?? '?');
    expect(leaks(stored)).toEqual([]);
    expect(leaks(JSON.stringify({ diagnosis, changes }))).toEqual([]);
    expect(leaks(JSON.stringify(runChecks(CHECKS, evidence, config.thresholds)))).toEqual([]);
    expect(leaks(JSON.stringify([...evidence.signals.values()]))).toEqual([]);
  });

  it('has none of them in an audit and in what it recommends', async () => {
    const { evidence } = await served();
    expect(leaks(JSON.stringify(await audit(settings, hostFactsOf(evidence))))).toEqual([]);
    expect(leaks(JSON.stringify(await auditReport(evidence)))).toEqual([]);
  });
});

describe('what Slack gets', () => {
  it('has none of them: incident, reasons, evidence, checks and audit', async () => {
    const { evidence, diagnosis, changes } = await served();
    const incident = changes.at(-1)?.incident;
    if (incident === undefined || diagnosis === null) throw new Error('no incident');
    const checks = runChecks(CHECKS, evidence, config.thresholds);
    const excerpts = [...evidence.signals.values()].flatMap(({ signals }) => signals.map(({ line }) => line));
    const story = changes.map(({ at, text }) => ({ at, text }));
    const posts = [
      incidentMessage(incident),
      whyAnswer(diagnosis, 'web-1'),
      ...excerpts.map((line) => evidenceModal({ incident, about: null, excerpts: [line], excerptsFrom: NOW, story })),
      checksTable(checks, 'web-1'),
      ...checks.map((check) => checkAnswer(check, 'web-1')),
      reportMessage(await auditReport(evidence)),
    ];
    expect(JSON.stringify(posts)).toContain('10.0.0.5');
    expect(leaks(JSON.stringify(posts))).toEqual([]);
  });
});

describe('a journal', () => {
  it('does not keep a line that it is given raw', () => {
    const path = join(folder, 'raw.db');
    const store = openStore(path);
    for (const { text } of ERROR_SECRETS) {
      const captures = {
        request: `GET /${text} HTTP/1.1`,
        host: text,
        referrer: text,
        reason: text,
        upstream: `http://x/${text}`,
      };
      const signal = {
        pattern: 'p',
        at: NOW,
        timed: true,
        source: 'e',
        level: 'error',
        pid: 7,
        connection: 9,
        count: 1,
      } as const;
      store.journal.addSignal({ ...signal, captures, line: `2026/01/01 00:00:00 ${text}` });
    }
    expect(store.journal.signals(0)).toHaveLength(ERROR_SECRETS.length);
    store.close();
    expect(leaks(readFileSync(path, 'latin1'))).toEqual([]);
  });
});
