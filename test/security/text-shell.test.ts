/**
 * Commands that gapwatch prints for people to paste, with hostile text in every name, path, host and log capture: a
 * shell runs them and the payload must not run. The shells are the user nobody and find no program but the payload.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_HOST } from '../../src/audit/rule.ts';
import { runRules } from '../../src/audit/run-rules.ts';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { Evidence } from '../../src/core/evidence.ts';
import type { Settings } from '../../src/core/settings.ts';
import { commandLine, comment, quoted } from '../../src/core/shell.ts';
import {
  configInvalid,
  configUnreadable,
  logUnreadable,
  noStubStatus,
  statusForbidden,
} from '../../src/discovery/sentences.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { findingsOf } from '../../src/findings/findings.ts';
import { createTokenizer } from '../../src/nginx/config-tokens.ts';
import { configWord } from '../../src/nginx/config-word.ts';
import { loadRules } from '../../src/service/load-rules.ts';
import { doctorReport, examine } from '../../src/service/reports/doctor.ts';
import { doctorExtras } from '../../src/service/reports/doctor-extras.ts';
import { CAUSES } from '../diagnose/support/causes.ts';
import { evidence } from '../diagnose/support/evidence-builder.ts';
import { listen, pass, settings, upstream } from '../diagnose/support/settings-builder.ts';
import { CHECKS } from '../support/checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwatch-shell-'));
const canary = join(folder, 'canary');
chmodSync(folder, 0o777);
writeFileSync(join(folder, 'pwn'), `#!/bin/sh\necho ran >>${canary}\n`, { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each ends a word, a quotation, a comment or a line, or begins a substitution; one that breaks the syntax runs nothing. */
const PAYLOADS = ['$(pwn);pwn|pwn&pwn\npwn #', "a';pwn;'b", 'a";pwn;"b', '`pwn`\rpwn\n', '-e;pwn', 'x}\npwn;{ y'];
const ALL = PAYLOADS.join('');
const SHELLS = ['/bin/sh', '/bin/bash', '/bin/zsh'].filter((shell) => existsSync(shell));
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function run(shell: string, command: string): string {
  const options = { cwd: folder, env: { PATH: folder }, timeout: 10_000, ...NOBODY };
  return spawnSync(shell, ['-c', command], { ...options, encoding: 'utf8' }).stdout;
}

/** The commands of the list in which the payload ran. */
function exploited(commands: readonly string[]): string[] {
  return commands.filter((command) =>
    SHELLS.some((shell) => {
      rmSync(canary, { force: true });
      run(shell, command);
      return existsSync(canary);
    }),
  );
}

/** First words of what is a command; other snippets are nginx configuration. */
const COMMANDS =
  /^(#|for|ls|ss|dig|openssl|ip|nc|namei|chmod|chown|systemctl|journalctl|curl|grep|ps|cat|setfacl|nproc|nginx|sysctl|nft|perf|gdb|kill|pkill|df|echo|ausearch|setsebool|nstat|run gapwatch|put|add|correct)\b|^#/;

/** Whether nginx would read a directive that the payload wrote. */
function addsDirective(snippet: string): boolean {
  const tokenizer = createTokenizer(snippet, () => {});
  for (;;) {
    const { words, end } = tokenizer.next();
    if (words[0]?.text.startsWith('pwn') === true) return true;
    if (end === 'end') return false;
  }
}

function hostileSettings(payload: string): Settings {
  const [zone] = [{ kind: 'limit_req_zone', name: payload, key: payload, sizeBytes: 1024, place: null }];
  const file = { file: payload, line: 3 };
  const path = `/var/log/${payload}`;
  const { workerConnections } = settings();
  return settings({
    workerConnections: { ...workerConnections, place: file },
    pidFile: `/run/${payload}`,
    listens: [listen(`unix:/${payload}`), listen(`${payload}:80`), listen('0.0.0.0:80', { quic: true })],
    upstreams: [
      upstream(payload, [`${payload}:80`]),
      upstream('x', [payload, `unix:${payload}`], { keepalive: { value: 64, place: file }, explicit: false }),
    ],
    passes: [pass(payload, { target: `http://${payload}`, connectionHeader: { value: payload, place: file } })],
    resolver: { value: [payload], place: file },
    limitZones: zone === undefined ? [] : ([zone] as unknown as Settings['limitZones']),
    errorLogs: [{ target: path, level: 'error', context: 'main', place: file }],
    statusPages: [],
  });
}

/** Lines of every pattern the cause reads, about an upstream, zone, file and name of the attacker. */
function hostileEvidence(payload: string, reads: readonly string[] = [], target = '', errno = ''): Evidence {
  const names = ['name', 'zone', 'file', 'path', 'resolver', 'host', 'client', 'kind', 'reason', 'line', 'process'];
  const captures = { errno, upstream: target, peer: target, ...Object.fromEntries(names.map((key) => [key, payload])) };
  const builder = evidence(hostileSettings(payload)).slots([10, 10]);
  for (const pattern of reads) {
    builder.line(pattern, 2, { count: 8, captures: { ...captures, phase: 'connecting to upstream', signal: '11' } });
  }
  const disks = [{ path: `/${payload}`, freeBytes: 0, totalBytes: 1000 }];
  const queues = [{ address: `${payload}:80`, recvQ: 20, backlog: 16, inode: 7 }];
  return builder.system({ disks }).sample('listeners', 0, { queues }).build();
}

const targetsOf = (payload: string): string[] => [
  `http://${payload}:80/`,
  `fastcgi://unix:${payload}:`,
  `http://[::1]:${payload}/`,
];

/** Snippets of the fixes of every cause that holds on this evidence. */
function snippetsOf(payload: string): { readonly cause: string; readonly snippet: string }[] {
  const errnos = ['11', '13', '24', '28', '99', '101', '110', '111'];
  const given = targetsOf(payload).flatMap((target) => errnos.map((errno) => ({ target, errno })));
  return CAUSES.flatMap(({ id, reads, judge }) =>
    given.flatMap(({ target, errno }) => {
      const seen = hostileEvidence(payload, reads, target, errno);
      const judgement = judge(seen, findingsOf(seen, DEFAULT_THRESHOLDS));
      return judgement?.verdict === 'confirmed' ? judgement.fixes.map(({ snippet }) => ({ cause: id, snippet })) : [];
    }),
  );
}

const isCommand = (snippet: string): boolean => COMMANDS.test(snippet);
const carries = (text: string): boolean => text.includes('pwn');

describe('a word that is pasted', () => {
  it.each(SHELLS)('is that word for %s', (shell) => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(ALL, '~', '=ls', '*', '', '-x'));
    const words = fc.array(text.map((one) => one.replaceAll(/[\0\ud800-\udfff]/g, '')));
    fc.assert(
      fc.property(words, (given) => {
        const printed = run(shell, `printf '%s\\0' ${given.map(quoted).join(' ')} end`);
        const expected = given.map((one) => (one.startsWith('-') ? `./${one}` : one));
        expect(printed).toBe([...expected, 'end'].map((one) => `${one}\0`).join(''));
      }),
      { numRuns: 60, seed: 13 },
    );
    expect(run(shell, commandLine(['printf', '%s', ALL]))).toBe(ALL);
  });

  it.each(PAYLOADS)('is a comment, also in a shell that runs comments: %j', (payload) => {
    const text = comment(`the log ${payload}`);
    expect(text).not.toMatch(/[\r\n]/);
    expect(exploited([text, text.replace('#', ':')])).toEqual([]);
  });

  it('is one argument for nginx', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...PAYLOADS)), (text) => {
        const { words, end } = createTokenizer(`server ${configWord(text)};`, () => {}).next();
        expect([words.map((word) => word.text), end]).toEqual([['server', text], ';']);
      }),
      { seed: 13 },
    );
  });
});

describe('printed commands with hostile names in them', () => {
  it('are not tested with payloads that never run', () => {
    const bare = [...PAYLOADS.map((payload) => `ls ${payload}`), ...PAYLOADS.map((payload) => `ls '${payload}'`)];
    expect(exploited([...bare, ...PAYLOADS.map((payload) => `ls "${payload}"`)]).length).toBeGreaterThan(6);
    expect(PAYLOADS.filter((payload) => addsDirective(`server ${payload};`)).length).toBeGreaterThan(2);
  });

  it.each(PAYLOADS)('are safe in the fixes of all causes: %j', (payload) => {
    const found = snippetsOf(payload);
    expect(new Set(found.map(({ cause }) => cause)).size).toBeGreaterThan(15);
    const commands = [...new Set(found.map(({ snippet }) => snippet).filter(isCommand))];
    expect(commands.filter(carries).length).toBeGreaterThan(3);
    expect(exploited(commands)).toEqual([]);
    const config = found.filter(({ snippet }) => !isCommand(snippet));
    expect(config.filter(({ snippet }) => carries(snippet)).length).toBeGreaterThan(2);
    expect(config.filter(({ snippet }) => addsDirective(snippet))).toEqual([]);
  });

  it.each(PAYLOADS)('are safe in the quick checks: %j', (payload) => {
    const results = runChecks(CHECKS, hostileEvidence(payload), DEFAULT_THRESHOLDS);
    const commands = results.map(({ equivalent }) => equivalent);
    expect(commands.filter(carries).length).toBeGreaterThan(3);
    expect(exploited(commands)).toEqual([]);
  });

  it.each(PAYLOADS)('are safe in the audit: %j', async (payload) => {
    const fileLimit = { file: payload, line: 1, value: payload };
    const supervisor = { kind: 'systemd', name: `${payload}.service`, fileLimit } as const;
    const host = { ...NO_HOST, supervisor, masterHardFiles: 64, workerSoftFiles: 64, workerHardFiles: 64 };
    const remedies = runRules(await loadRules(), hostileSettings(payload), host).map(({ remedy }) => remedy);
    expect(remedies.filter(carries).length).toBeGreaterThan(1);
    expect(remedies.filter(addsDirective)).toEqual([]);
    // Commands for the operator stand in comments of the configuration.
    const comments = remedies.flatMap((remedy) => remedy.split('\n').filter((line) => line.startsWith('# ')));
    expect(comments.filter(carries).length).toBeGreaterThan(0);
    expect(exploited(comments.map((line) => line.replace(/^# (then: )?/, '')))).toEqual([]);
  });

  it.each(PAYLOADS)('are safe in what discovery and the doctor say: %j', async (payload) => {
    const seen = hostileEvidence(payload);
    const spots = [
      configInvalid('x', payload),
      configUnreadable(payload, 'x'),
      logUnreadable(`/${payload}`, 1000),
      noStubStatus(hostileSettings(payload), payload),
      statusForbidden(`http://${payload}/`, payload, 3),
      ...seen.notObservable,
    ];
    const status = { probe: 'stub-status', at: 0, ok: false, reason: 'refused', detail: '' } as const;
    const nginx = { stubStatusUrl: `http://127.0.0.1/${payload}` };
    const config = { follow: {}, nginx } as unknown as Parameters<typeof doctorExtras>[1];
    const extras = await doctorExtras({ ...seen, settings: null, latest: { 'stub-status': status } }, config);
    const logStates = [{ name: `/${payload}`, state: { kind: 'denied', detail: '', trouble: null } }];
    const sight = { discovery: null, logStates } as unknown as Parameters<typeof examine>[0];
    const items = examine(sight, spots, extras);
    const remedies = items.flatMap(({ remedy }) => remedy ?? []);
    expect(remedies.filter(carries).length).toBeGreaterThan(5);
    const { snippet } = doctorReport('web-1', items);
    expect(exploited([...remedies.filter(isCommand), (snippet ?? '').split('\n# ')[0] ?? ''])).toEqual([]);
    expect(remedies.filter((remedy) => !isCommand(remedy) && addsDirective(remedy))).toEqual([]);
  });
});
