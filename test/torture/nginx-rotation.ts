/**
 * A private nginx with two workers under load while its access log is rotated with mv and USR1, followed by the
 * command. The truth is what nginx itself wrote: all generations of the log, read when it is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandReader } from './command-reader.ts';

const CLIENTS = 8;
const PIPELINED = 40;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Plan {
  readonly requests: number;
  readonly rotations: number;
  /** Between mv and USR1, in turn. */
  readonly gapsMs: readonly number[];
}

interface Outcome {
  readonly logged: number;
  readonly lost: number;
  readonly repeated: number;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(address)));
    });
  });
}

function configure(top: string, port: number): string {
  const file = join(top, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${top}/tmp;`);
  writeFileSync(
    file,
    `daemon off; worker_processes 2; pid ${top}/nginx.pid; error_log ${top}/error.log;
events { worker_connections 256; }
http { ${paths.join(' ')}
  log_format unique '$pid $connection $connection_requests $request_id';
  access_log ${top}/logs/access.log unique;
  keepalive_requests 1000000;
  server { listen 127.0.0.1:${port}; return 204; } }
`,
  );
  return file;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (answered) return;
    await sleep(25);
  }
  throw new Error('nginx does not listen');
}

/** One keep-alive connection with pipelined requests until `requests` are answered. */
function client(port: number, requests: number): Promise<void> {
  const batch = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(PIPELINED);
  return new Promise((resolve, reject) => {
    let answered = 0;
    let open = PIPELINED;
    const socket = connect(port, '127.0.0.1', () => socket.write(batch));
    socket.on('error', reject).on('data', (data) => {
      const answers = data.toString('latin1').split('HTTP/1.1 204').length - 1;
      answered += answers;
      open -= answers;
      if (answered >= requests) {
        socket.destroy();
        resolve();
      } else if (open <= 0) {
        open += PIPELINED;
        socket.write(batch);
      }
    });
  });
}

/** Moves the log and tells the master to reopen it, spread over the time the load takes. */
async function rotate(top: string, nginx: ChildProcess, plan: Plan, isOver: () => boolean): Promise<void> {
  for (let turn = 0; turn < plan.rotations && !isOver(); turn++) {
    await sleep(250);
    renameSync(join(top, 'logs/access.log'), join(top, `logs/access.log.${plan.rotations - turn}`));
    await sleep(plan.gapsMs[turn % plan.gapsMs.length] ?? 0);
    nginx.kill('SIGUSR1');
  }
}

function logged(top: string): string[] {
  const logs = readdirSync(join(top, 'logs')).map((name) => readFileSync(join(top, 'logs', name), 'latin1'));
  return logs.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

async function load(top: string, port: number, nginx: ChildProcess, plan: Plan): Promise<void> {
  let isOver = false;
  const rotating = rotate(top, nginx, plan, () => isOver);
  while (!isOver) {
    await Promise.all(Array.from({ length: CLIENTS }, () => client(port, plan.requests / CLIENTS / 4)));
    isOver = logged(top).length >= plan.requests;
  }
  await rotating;
}

export async function nginxRotation(plan: Plan): Promise<Outcome> {
  const top = mkdtempSync(join(tmpdir(), 'gapwatch-nginx-'));
  for (const name of ['logs', 'tmp', 'state']) mkdirSync(join(top, name));
  chmodSync(top, 0o755);
  chmodSync(join(top, 'logs'), 0o777);
  const port = await freePort();
  const nginx = spawn('nginx', ['-p', top, '-c', configure(top, port)], { stdio: 'ignore' });
  const gone = new Promise((resolve) => nginx.on('close', resolve));
  const reader = new CommandReader(join(top, 'logs/access.log'), join(top, 'state'));
  try {
    await untilListening(port);
    await reader.start();
    await load(top, port, nginx, plan);
    const truth = logged(top);
    await reader.catchUp(truth.length);
    await reader.stop();
    const got = reader.output().toString('latin1').split('\n').slice(0, -1);
    const seen = new Set(got);
    return { logged: truth.length, lost: truth.filter((l) => !seen.has(l)).length, repeated: got.length - seen.size };
  } finally {
    await reader.kill();
    nginx.kill('SIGQUIT');
    await gone;
    rmSync(top, { recursive: true, force: true });
  }
}
