/** `gapwatch audit` on files, on standard input and on a real nginx. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/rule.ts';
import { register } from '../../src/cli/commands/audit.ts';
import { register as registerDoctor } from '../../src/cli/commands/doctor.ts';
import type { Io } from '../../src/cli/io.ts';
import { NGINX, PrivateNginx } from '../support/private-nginx.ts';

const SOUND = resolve(import.meta.dirname, '../audit/sound');
const NGINX_FIXTURES = resolve(import.meta.dirname, '../nginx/fixtures');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function collector(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

async function run(args: readonly string[], stdin = ''): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let code: number | null = null;
  const nothing = () => undefined;
  const io: Io = {
    env: {},
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: collector(out),
    stderr: collector(err),
    screen: null,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    stopped: new AbortController().signal,
    exit: (given) => {
      code = given;
    },
  };
  const program = new Command().exitOverride();
  register(program, io);
  registerDoctor(program, io);
  await program.parseAsync(args as string[], { from: 'user' });
  return { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString(), code };
}

const findings = ({ out }: Outcome): readonly Finding[] => (JSON.parse(out) as { findings: Finding[] }).findings;
const brief = (list: readonly Finding[]): string[] => list.map(({ rule, file: at, line }) => `${rule} ${at}:${line}`);

/** A main file that includes one site with a glob. The site contains the mistake. */
function twoFiles(): { main: string; site: string } {
  mkdirSync(join(folder, 'sites'));
  mkdirSync(join(folder, 'logs'));
  const main = file(
    'nginx.conf',
    'worker_processes 2;\nworker_rlimit_nofile 64;\npid logs/nginx.pid;\nerror_log logs/error.log;\nevents { worker_connections 512; }\nhttp {\n  include sites/*.conf;\n}\n',
  );
  const site = file(
    'sites/app.conf',
    'upstream app {\n  server 127.0.0.1:3000;\n  server 127.0.0.1:3001 down;\n}\nserver {\n  listen 127.0.0.1:18099;\n  location / { proxy_pass http://app; }\n}\n',
  );
  return { main, site };
}

describe('a file', () => {
  it('includes other files relative to its own folder', async () => {
    const { main, site } = twoFiles();
    const outcome = await run(['audit', main]);
    expect(outcome.out).toContain(`${main}:2: critical: a worker has 512 connection slots but is given 64 files`);
    expect(outcome.out).toContain(`${site}:2: warning: 127.0.0.1:3000 is the only server of app that is not down`);
    expect(outcome.out).toContain('  + worker_rlimit_nofile 1024;\n');
    expect(outcome.code).toBe(2);
  });

  it('has the same findings as the output of nginx -T on standard input', async () => {
    const { main } = twoFiles();
    chmodSync(folder, 0o755);
    const dump = execFileSync(NGINX, ['-T', '-p', folder, '-c', main, '-e', 'logs/early.log'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ofFile = await run(['audit', '--json', main]);
    const ofDump = await run(['audit', '--json', '-'], dump);
    expect(findings(ofFile).length).toBeGreaterThan(2);
    expect(findings(ofDump)).toEqual(findings(ofFile));
    expect(ofDump.code).toBe(2);
  });

  it('uses the defaults of the nginx version in --nginx-version', async () => {
    const upstream =
      'upstream a { server 10.0.0.2:80; keepalive 8; }\nserver { listen 80; location / { proxy_pass http://a; } }\n';
    const path = file('site.conf', upstream);
    const about = async (...more: string[]) =>
      findings(await run(['audit', '--json', path, ...more])).filter(({ rule }) =>
        rule.startsWith('upstream-keepalive'),
      );
    expect((await about())[0]?.text).toContain('unless nginx is 1.29.7 or newer');
    expect((await about('--nginx-version', '1.22.1'))[0]?.text).not.toContain('unless');
    expect(await about('--nginx-version', '1.29.7')).toEqual([]);
  });

  it('is a usage error when it cannot be read', async () => {
    await expect(run(['audit', join(folder, 'absent.conf')])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('No such file or directory'),
    });
  });
});

describe('an unreadable part', () => {
  it('is reported with file and line, and the rest is audited', async () => {
    const path = file(
      'broken.conf',
      'worker_rlimit_nofile 64;\nevents { worker_connections 512; }\nhttp {\n  include absent.conf;\n  server { listen 80 }\n}\n',
    );
    const { out, err, code } = await run(['audit', path]);
    expect(err).toContain(`${path}:4: open() "${join(folder, 'absent.conf')}" failed (No such file or directory)`);
    expect(err).toContain(`${path}:5: `);
    expect(out).toContain(`${path}:1: critical: `);
    expect(code).toBe(2);
  });

  it('never gives exit code 0', async () => {
    const path = file('piece.conf', 'include absent.conf;\nserver { listen 80; return 204; }\n');
    expect((await run(['audit', path])).code).toBe(3);
    expect((await run(['audit', '-'], '')).code).toBe(3);
    expect((await run(['audit', '-'], 'Lorem ipsum, dolor sit amet.\n')).code).toBe(3);
  });

  it.each([
    [
      'a byte order mark',
      '\uFEFFevents { worker_connections 4096; }\nhttp { }\n',
      /:1: unknown directive .*byte order mark/,
    ],
    [
      'an include that standard input cannot bring',
      'http { include sites/*; }',
      /:1: include "sites\/\*" was not read/,
    ],
  ])('begins with what nginx refuses or did not get: %s', async (_what, text, says) => {
    const { err, out, code } = await run(['audit', '-'], text);
    expect(err).toMatch(says);
    expect(out).toMatch(/Not judged without the running nginx/);
    expect(code).toBe(3);
  });

  it('is audited after its byte order mark', async () => {
    const { out } = await run(['audit', '-'], '\uFEFFevents { worker_connections 4096; }\r\nhttp { }\r\n');
    expect(out).toContain('4096 slots a worker');
  });

  it.each(['hello world;', '<html><body>404</body></html>', '{"a": {"b": 1}}', ''])(
    'is distinguished from %j',
    async (text) => {
      const { out, code } = await run(['audit', '-'], text);
      expect(out).toBe('The input contains no nginx configuration.\n');
      expect(code).toBe(3);
    },
  );

  it('may include tables without capacity settings', async () => {
    const { err } = await run(['audit', '-'], 'http { include /etc/nginx/mime.types; include fastcgi_params; }');
    expect(err).toBe('');
  });

  it('is in the JSON too', async () => {
    const outcome = await run(['audit', '--json', '-'], 'worker_processes 4\nevents { worker_connections 512; }\n');
    const { problems, notJudged } = JSON.parse(outcome.out) as { problems: { line: number }[]; notJudged: string };
    expect(problems.length).toBeGreaterThan(0);
    expect(notJudged).toContain('CPUs');
  });

  it('cannot send control characters to the terminal', async () => {
    const { out, err } = await run(['audit', '-'], 'upstream a { server \u001b[2Jx.example:80; }\n"\n');
    expect(out + err).not.toContain('\u001b');
  });
});

describe('a sound configuration', () => {
  it.each(readdirSync(SOUND))('has no finding: %s', async (name) => {
    const { out, code } = await run(['audit', join(SOUND, name)]);
    expect(out).toMatch(/^No rule found a problem\.\nNot judged/);
    expect(code).toBe(0);
  });

  it('is the default of Debian, with hints only', async () => {
    const outcome = await run(['audit', '--json', join(NGINX_FIXTURES, 'debian-12.dump')]);
    expect(outcome.code).toBe(0);
    expect(findings(outcome).map(({ severity }) => severity)).toEqual(['info', 'info', 'info', 'info']);
  });
});

describe('the running nginx', () => {
  const config = ({ folder: at, port }: { folder: string; port: number }): string => `
worker_processes 2;
worker_rlimit_nofile 100;
error_log ${at}/logs/error.log warn;
events { worker_connections 512; }
http {
  access_log ${at}/logs/access.log;
  server { listen 127.0.0.1:${port} backlog=100000; location = /s { stub_status; } location / { proxy_pass http://127.0.0.1:${port}; } }
}
`;

  it('is audited with its process limits, and the doctor counts the findings', async () => {
    const nginx = await PrivateNginx.start(config);
    const own = file(
      'gapwatch.yml',
      JSON.stringify({ nginx: { pidFile: nginx.path('logs/nginx.pid') }, follow: { source: 'tail-file' } }),
    );
    const audited = await run(['audit', '--json', '-c', own]);
    const doctor = await run(['doctor', '-c', own]);
    const conf = nginx.path('nginx.conf');
    await nginx.stop();
    expect(audited.code).toBe(2);
    expect(brief(findings(audited)).slice(0, 2)).toEqual([`descriptors-below-slots ${conf}:3`, `proxy-loop ${conf}:8`]);
    const [descriptors] = findings(audited);
    expect(descriptors?.text).toContain('may open 100 files');
    expect(doctor.out).toMatch(/^ok\s+audit: 2 critical, \d+ warnings?, \d+ info: run gapwatch audit$/m);
    expect(doctor.out).toMatch(/^not ok\s+log driver tail-file: loses lines of late writers.*\n\s+follow: /m);
  });

  it('may be absent, which does not exit with 0', async () => {
    const own = file(
      'gapwatch.yml',
      JSON.stringify({ nginx: { pidFile: '/nonexistent.pid', binary: '/nonexistent', config: '/nonexistent.conf' } }),
    );
    const { out, code } = await run(['audit', '-c', own]);
    expect(out).toContain('Nothing to audit: ');
    expect(code).toBe(3);
  });
});
