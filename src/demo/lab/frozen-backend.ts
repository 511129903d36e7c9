/** A backend whose kernel queue fills because its process is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WorkerUser } from './worker-user.ts';

/** The child: listens, reports it, and answers every request at once. The parent stops it by signal. */
const PROGRAM = `
const server = require('node:http').createServer((request, response) => response.end('ok\\n'));
const where = process.argv[1].startsWith('/') ? { path: process.argv[1] } : { host: '127.0.0.1', port: 0 };
server.listen({ ...where, backlog: Number(process.argv[2]) }, () => {
  const [uid, gid] = process.argv.slice(3).map(Number);
  if (uid > 0) {
    if (where.path !== undefined) require('node:fs').chownSync(where.path, uid, gid);
    process.setgroups([]);
    process.setgid(gid);
    process.setuid(uid);
  }
  const address = server.address();
  process.stdout.write(typeof address === 'string' ? 'unix:' + address : address.address + ':' + address.port);
});
process.stdin.resume().on('end', () => process.exit());
`;

/** A process that can be stopped with a signal. */
export interface FreezableBackend {
  /** For `proxy_pass`. */
  readonly address: string;
  freeze(): void;
  stop(): void;
}

/**
 * Starts it in a separate process, on a unix socket or (null) a free TCP port of 127.0.0.1. It ends with this process.
 * After listening it drops root's rights for `user`.
 */
export async function startFreezableBackend(
  unixPath: string | null,
  backlog: number,
  user: WorkerUser | null = null,
): Promise<FreezableBackend> {
  const ids = user === null ? [] : [String(user.uid), String(user.gid)];
  const child = spawn(process.execPath, ['-e', PROGRAM, unixPath ?? 'tcp', String(backlog), ...ids], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (child.pid === undefined) throw new Error('node could not be started');
  const kill = () => void child.kill('SIGKILL');
  // A stopped process would never see the end of its stdin.
  process.once('exit', kill);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    address: said.toString(),
    freeze: () => void child.kill('SIGSTOP'),
    stop() {
      process.removeListener('exit', kill);
      kill();
    },
  };
}
