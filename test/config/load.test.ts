import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownKeys } from '../../src/config/known-keys.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { readSecrets } from '../../src/config/secrets.ts';

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, 'gapwatch.yml', env);

describe('the config', () => {
  it('has a default for everything', () => {
    const config = parse('');
    expect(config.probes).toMatchObject({ intervalMs: 5000, suspiciousIntervalMs: 1000, timeoutMs: 1000 });
    expect(config.digest).toEqual({ cron: '0 9 * * *', timezone: 'UTC' });
    const path = existsSync('/var/lib/gapwatch') ? '/var/lib/gapwatch/gapwatch.db' : './gapwatch.db';
    expect(config.store).toEqual({ path, retentionDays: 30 });
  });

  it('accepts every documented key', () => {
    const config = parse(`
host: web-1
nginx:
  binary: /usr/sbin/nginx
  config: /etc/nginx/nginx.conf
  prefix: /usr/share/nginx
  pidFile: /run/nginx.pid
  stubStatusUrl: http://127.0.0.1/nginx_status
  errorLogs: [/var/log/nginx/error.log]
  accessLogs: [{ path: /var/log/nginx/access.log, format: '$remote_addr' }]
probes: { intervalMs: 5000, suspiciousIntervalMs: 1000, timeoutMs: 1000 }
slack:
  apiUrl: https://slack.com/api/
  channel: C0123456789
  digestChannel: C0123456789
  mode: socket
  port: 3000
  allow: { channels: [], users: [], userGroups: [] }
digest: { cron: '0 9 * * *', timezone: UTC }
store: { path: ./gapwatch.db, retentionDays: 30 }
thresholds: {}
`);
    expect(config.nginx.errorLogs).toEqual(['/var/log/nginx/error.log']);
    expect(config.slack.channel).toBe('C0123456789');
  });

  it('names file, line and the nearest key for each unknown key at once', () => {
    const text = 'probes:\n  intervalMS: 5\n  timeoutMs: 5\nstroe: {}\n';
    expect(() => parse(text)).toThrow(/gapwatch\.yml:2: unknown key probes\.intervalMS; did you mean intervalMs\?/);
    expect(() => parse(text)).toThrow(/gapwatch\.yml:4: unknown key stroe; did you mean store\?/);
  });

  it('names the line of a wrong value and of broken YAML', () => {
    expect(() => parse('store:\n  path: a.db\n  retentionDays: soon\n')).toThrow(
      /gapwatch\.yml:3: store\.retentionDays: /,
    );
    expect(() => parse('host: a\nprobes: [1\n')).toThrow(/gapwatch\.yml:\d+: /);
  });

  it('names the line of an unresolved or exploding alias, and accepts any depth', () => {
    expect(() => parse('host: a\nlinks: *gone\n')).toThrow(/^gapwatch\.yml:2: Unresolved alias/);
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    expect(() => parse(['a0: &a0 [x]', ...levels].join('\n'))).toThrow(/^gapwatch\.yml:2: Excessive alias count/);
    expect(() => parse(': '.repeat(30_000))).toThrow(/^gapwatch\.yml:1: /);
  });

  it('lists only the first of many problems', () => {
    const text = Array.from({ length: 500 }, (_, i) => `key${i}: ${'x'.repeat(100)}`).join('\n');
    const refusal = () => parse(text);
    expect(refusal).toThrow(/and 470 more$/);
    expect(refusal).toThrow(/^[\s\S]{0,13000}$/);
  });

  it('expands environment variables and names a missing one', () => {
    expect(parse('host: ${ROLE}-1', { ROLE: 'edge' }).host).toBe('edge-1');
    expect(parse('host: $${ROLE}').host).toBe('${ROLE}');
    expect(() => parse('store:\n  path: ${NOPE}/x')).toThrow(/gapwatch\.yml:2: \$\{NOPE\} is not set/);
  });

  it('requires a named file, and uses defaults without one', () => {
    expect(() => loadConfig('/nonexistent/gapwatch.yml', {})).toThrow(/there is no config file/);
    expect(loadConfig(undefined, {}).config.digest.timezone).toBe('UTC');
  });

  it('describes every key', () => {
    const rows = knownKeys(configSchema);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => row.description === '').map((row) => row.key)).toEqual([]);
  });
});

describe('secrets', () => {
  it('are read from the environment or from a file, and an empty file is an error', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-secrets-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'xoxb-from-file\n');
    expect(readSecrets({ SLACK_BOT_TOKEN_FILE: file, SLACK_APP_TOKEN: 'xapp-1' })).toEqual({
      botToken: 'xoxb-from-file',
      appToken: 'xapp-1',
      signingSecret: null,
    });
    writeFileSync(file, '\n');
    expect(() => readSecrets({ SLACK_BOT_TOKEN_FILE: file })).toThrow(/is empty/);
    rmSync(folder, { recursive: true });
  });
});
