/** Faults in the environment of the service: each gives one sentence with a remedy, and the service continues. */
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConfigPlan } from '../../src/demo/lab/nginx-config.ts';
import type { NginxProcess } from '../../src/demo/lab/nginx-process.ts';
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { startWatched } from '../probe/support/watched-nginx.ts';
import { asNobody } from '../support/as-nobody.ts';
import { type GapwatchOptions, GapwatchProcess } from './support/gapwatch-process.ts';

const PATIENCE_MS = 60_000;
const FAST = { intervalMs: 500, suspiciousIntervalMs: 500, timeoutMs: 500 };
const CHANNEL = 'C0INCIDENTS';

async function nginx(plan: Partial<ConfigPlan> = {}): Promise<NginxProcess> {
  const watched = await startWatched({ workerConnections: 64, errorLevel: 'notice', server: '', ...plan });
  onTestFinished(() => watched.nginx.dispose());
  return watched.nginx;
}

function gapwatch(options: GapwatchOptions): GapwatchProcess {
  const started = new GapwatchProcess(options);
  onTestFinished(async () => void (await started.stop()));
  return started;
}

const watching = (of: NginxProcess, more: object = {}) => ({ nginx: { pidFile: of.pidFile, ...more }, probes: FAST });

/** The record holds the sentence and the remedy. */
function recordOf(line: string): { what?: string; because?: string; remedy?: string; error?: string; note?: string } {
  return JSON.parse(line);
}

async function workersSeen(service: GapwatchProcess): Promise<void> {
  expect(await service.looksOn('workers')).toMatchObject({ ok: true });
}

describe('an nginx', () => {
  it(
    'that is absent at start raises no alarm, is watched when it starts, and is reported when it stops',
    async () => {
      const later = await nginx();
      await later.stop();
      const service = gapwatch({ config: watching(later) });
      expect(recordOf(await service.said(/blind spot/))).toMatchObject({
        what: 'the nginx that nginx.pidFile names',
        remedy: expect.stringContaining('correct nginx.pidFile'),
      });
      await service.looksOn('workers');
      await service.looksOn('system');
      expect(service.incidents).toEqual([]);
      await later.start();
      await service.until('the workers', () => service.samples('workers').at(-1)?.ok === true);
      expect(service.incidents).toEqual([]);
      const wentAt = Date.now();
      later.signal('SIGTERM');
      await service.until('the incident', () => service.incidents.includes('nginx-down'), 10_000);
      expect(Date.now() - wentAt).toBeLessThan(6000);
    },
    PATIENCE_MS,
  );

  it(
    'that runs nowhere in our process table is said in one sentence',
    async () => {
      // A separate process table hides other nginx of this machine.
      const alone = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
      const root = process.getuid?.() === 0 ? alone : [...alone, '--map-root-user'];
      const service = gapwatch({ config: { probes: FAST }, wrap: (command) => [...root, ...command] });
      const { because, remedy } = recordOf(await service.said(/"what":"nginx"/));
      expect(because).toMatch(/separate PID namespace.*no nginx runs in that container/);
      expect(remedy).toMatch(/^start nginx in that container/);
      await service.looksOn('system');
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'beside another one: says which is watched and how to choose',
    async () => {
      const [one, other] = [await nginx(), await nginx()];
      const service = gapwatch({ config: { probes: FAST } });
      const { note } = recordOf(await service.said(/nginx masters run/));
      expect(note).toContain(`-c ${one.configFile}`);
      expect(note).toContain(`-c ${other.configFile}`);
      expect(note).toMatch(/Watching pid \d+.*set nginx\.pidFile or nginx\.config/);
      await workersSeen(service);
    },
    PATIENCE_MS,
  );

  it(
    'of another user: says what is hidden, and reads what anyone may',
    async () => {
      const theirs = await nginx();
      for (const folder of [theirs.prefix, join(theirs.prefix, 'logs')]) chmodSync(folder, 0o711);
      chmodSync(theirs.errorLog, 0o600);
      const nobody = asNobody();
      const service = gapwatch({
        config: watching(theirs),
        binary: `${nobody.root}/dist/cli/main.js`,
        wrap: (command) => nobody.words(command),
        user: nobody.uid,
      });
      onTestFinished(() => nobody.remove());
      const log = recordOf(await service.said(/"what":"the log /));
      expect(log.because).toMatch(/^Permission denied for user id 65534/);
      expect(log.remedy).toContain(`setfacl -m u:65534:r ${theirs.errorLog}`);
      await workersSeen(service);
      expect(await service.looksOn('stub-status')).toMatchObject({ ok: true, data: { fresh: { ok: true } } });
      expect(await service.looksOn('slots')).toMatchObject({ probe: 'slots' });
      expect(await service.looksOn('fds')).toMatchObject({ ok: true });
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'with a configuration that no longer parses: names the line, watches on with the settings of the files',
    async () => {
      const broken = await nginx();
      appendFileSync(broken.configFile, '\nno_such_directive on;\n}\n');
      const service = gapwatch({ config: watching(broken) });
      const { because, remedy } = recordOf(await service.said(/"what":"the configuration that a reload would load"/));
      expect(because).toMatch(/nginx\.conf:\d+: unexpected "}"$/);
      expect(remedy).toContain(broken.configFile);
      await workersSeen(service);
      expect(await service.looksOn('stub-status')).toMatchObject({ ok: true });
      const slots = await service.looksOn('slots');
      expect(slots).toMatchObject({ ok: true, data: { workers: [{ limit: 64 }, { limit: 64 }] } });
    },
    PATIENCE_MS,
  );
});

describe('a status page', () => {
  it(
    'that is missing is reported with the block to add, and slots are counted without it',
    async () => {
      const service = gapwatch({ config: watching(await nginx({ status: 'none' })) });
      const { remedy } = recordOf(await service.said(/"what":"stub_status"/));
      expect(remedy).toMatch(/^put this into .*then nginx -s reload:\nserver \{(?:.|\n)*stub_status;/);
      expect(await service.looksOn('slots')).toMatchObject({ ok: true });
    },
    PATIENCE_MS,
  );

  it(
    'that refuses this host: says which rule',
    async () => {
      const location = 'location = /status { stub_status; deny all; }';
      const service = gapwatch({ config: watching(await nginx({ status: 'none', server: location })) });
      const { because, remedy } = recordOf(await service.said(/"what":"stub_status"/));
      expect(because).toMatch(/denies this host \(allow and deny at .*nginx\.conf:\d+\)/);
      expect(remedy).toMatch(/^add `allow 127\.0\.0\.1;` before the deny/);
      expect(await service.looksOn('slots')).toMatchObject({ ok: true });
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  async function page(answer: Parameters<typeof createServer>[1]): Promise<string> {
    const server: Server = createServer(answer as never);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
  }

  it.each([
    [
      'answers 403',
      (_: unknown, response: { writeHead(code: number): { end(): void } }) => response.writeHead(403).end(),
      'http',
    ],
    [
      'answers garbage',
      (_: unknown, response: { end(text: string): void }) => response.end('<html>hello</html>'),
      'malformed',
    ],
    ['never answers', () => undefined, 'read-timeout'],
  ])(
    'that %s: is reported as that, and everything else goes on',
    async (_name, answer, reason) => {
      const url = await page(answer as never);
      const service = gapwatch({ config: watching(await nginx(), { stubStatusUrl: url }) });
      const look = await service.until('a look at the page', () => service.samples('stub-status').at(1));
      expect(JSON.stringify(look)).toContain(`"${reason}`);
      expect(await service.looksOn('slots')).toMatchObject({ ok: true });
      await workersSeen(service);
    },
    PATIENCE_MS,
  );
});

describe('Slack', () => {
  const slackOf = (bench: { apiUrl: string; botToken: string; appToken: string }) => ({
    SLACK_API_URL: bench.apiUrl,
    SLACK_BOT_TOKEN: bench.botToken,
    SLACK_APP_TOKEN: bench.appToken,
  });

  async function localSlack() {
    const bench = await createLocalSlack();
    onTestFinished(() => bench.close());
    return bench;
  }

  it(
    'with swapped tokens: says so once and watches on',
    async () => {
      const bench = await localSlack();
      const env = { ...slackOf(bench), SLACK_BOT_TOKEN: bench.appToken, SLACK_APP_TOKEN: bench.botToken };
      const service = gapwatch({ config: { ...watching(await nginx()), slack: { channel: CHANNEL } }, env });
      expect(recordOf(await service.said(/Slack refuses the connection/))).toMatchObject({
        error: 'SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped',
        remedy: 'Exchange the two values.',
      });
      await workersSeen(service);
      expect(service.log.match(/are swapped/g)).toHaveLength(1);
      expect(service.log).not.toContain(bench.botToken);
    },
    PATIENCE_MS,
  );

  it(
    'with a revoked token: says so, watches on, and keeps what there is to tell',
    async () => {
      const bench = await localSlack();
      bench.revoke('token_revoked');
      const watched = await nginx();
      const service = gapwatch({ config: { ...watching(watched), slack: { channel: CHANNEL } }, env: slackOf(bench) });
      expect(recordOf(await service.said(/Slack refuses the connection/))).toMatchObject({
        error: 'SLACK_BOT_TOKEN: the token was revoked (token_revoked)',
        remedy: expect.stringContaining('Install the app again'),
      });
      await workersSeen(service);
      watched.signal('SIGTERM');
      await service.until('the incident', () => service.incidents.includes('nginx-down'));
    },
    PATIENCE_MS,
  );

  it(
    'with a channel that does not exist: says so when there is something to post, and answers commands',
    async () => {
      const bench = await localSlack();
      const watched = await nginx();
      const service = gapwatch({
        config: { ...watching(watched), slack: { channel: 'C0NOSUCH' } },
        env: slackOf(bench),
      });
      await service.said(/connected to Slack/);
      await workersSeen(service);
      watched.signal('SIGTERM');
      const line = await service.said(/channel_not_found/);
      expect(line).toContain('Check slack.channel: it must be a channel id that the bot was invited to.');
      await bench.sendCommand('/nginx-status workers', { channel: CHANNEL });
      await bench.until(() => bench.ephemerals(CHANNEL).at(-1));
      await service.looksOn('system');
    },
    PATIENCE_MS,
  );

  it('at an address that would leak tokens is refused before any request', async () => {
    const service = gapwatch({
      config: { slack: { channel: CHANNEL } },
      env: { SLACK_API_URL: 'http://slack.example/api/', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' },
    });
    expect(await service.exit()).toBe(78);
    expect(service.log).toMatch(/SLACK_API_URL: must be https, or http on the loopback interface/);
  });
});

describe('gapwatch.yml', () => {
  it.each([
    [
      'an unknown key',
      'probes:\n  intervallMs: 1\n',
      /gapwatch\.yml:2: unknown key probes\.intervallMs; did you mean intervalMs\?/,
    ],
    [
      'a wrong value',
      'host: a\nprobes: { intervalMs: fast }\n',
      /gapwatch\.yml:2: probes\.intervalMs: .*expected number/,
    ],
    ['text that is no YAML', 'a: [\n', /gapwatch\.yml:\d: /],
    [
      'a variable that is not set',
      'host: ${NO_SUCH_NAME}\n',
      /gapwatch\.yml:1: \$\{NO_SUCH_NAME\} is not set in the environment/,
    ],
    ['a channel by name', 'slack: { channel: "#ops" }\n', /slack\.channel: must be a channel id such as C0123456789/],
    ['a store that cannot be', 'store: { path: /etc/hostname/g.db }\n', /\/etc\/hostname\/g\.db/],
  ])('with %s is refused with file, line and what to write, and nothing is started', async (_name, config, words) => {
    const service = gapwatch({ config });
    const code = await service.exit();
    expect(service.log).toMatch(words);
    expect(code).toBe(words.source.includes('hostname') ? 70 : 78);
    expect(service.events).toEqual([]);
  });

  it('with an invalid pattern starts without it and names its file and line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-patterns-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'mine.yml'), 'id: mine\nmeans: 3\n');
    const service = gapwatch({ config: { patterns: { folders: [folder] } } });
    await service.said(/patterns rejected/);
    expect(service.log).toMatch(/mine\.yml:2: means: /);
    expect(await service.looksOn('system')).toMatchObject({ ok: true });
  });

  it('that does not exist is named', async () => {
    const service = gapwatch({
      config: '',
      wrap: ([node = '', main = '']) => [node, main, 'run', '-c', '/no/such.yml'],
    });
    expect(await service.exit()).toBe(78);
    expect(service.log).toMatch(/there is no config file \/no\/such\.yml/);
  });
});
