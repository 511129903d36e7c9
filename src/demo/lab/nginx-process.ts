/**
 * A private nginx with a separate prefix, pid file, logs and ports. It ends with this process, also when that is
 * killed, and leaves no files after a stop.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GapwatchError } from '../../core/errors.ts';
import { freePort } from './free-port.ts';
import type { NginxBinary } from './nginx-binary.ts';
import { type ConfigPlan, renderConfig, STATUS_PATH } from './nginx-config.ts';
import { makePrefix, openPrefixTo, openPrefixToWorkers } from './prefix.ts';
import { childrenOf, isAlive, isOfSession, membersOf, sendSignal } from './process-tree.ts';
import { workerUser } from './worker-user.ts';

const START_MS = 5000;
const STOP_MS = 3000;

export class NginxProcess {
  readonly binary: NginxBinary;
  readonly prefix: string;
  readonly port: number;
  readonly statusPort: number;
  /** Null: workers run as the user of this process. */
  readonly workers = workerUser();
  /** Leads a new session, to which all of nginx belongs, also after an upgrade of the binary. */
  #child: ChildProcess | null = null;
  #statusOnMainPort = false;
  readonly #dieWithUs = () => this.#killNow();

  private constructor(binary: NginxBinary, prefix: string, port: number, statusPort: number) {
    this.binary = binary;
    this.prefix = prefix;
    this.port = port;
    this.statusPort = statusPort;
  }

  /** Creates the prefix and chooses the ports. Starts no process yet, so that a config can use them. */
  static async create(binary: NginxBinary): Promise<NginxProcess> {
    const prefix = makePrefix();
    const [port, statusPort] = await Promise.all([freePort(), freePort()]);
    const nginx = new NginxProcess(binary, prefix, port, statusPort);
    process.once('exit', nginx.#dieWithUs);
    return nginx;
  }

  get configFile(): string {
    return join(this.prefix, 'nginx.conf');
  }
  get pidFile(): string {
    return join(this.prefix, 'logs', 'nginx.pid');
  }
  get errorLog(): string {
    return join(this.prefix, 'logs', 'error.log');
  }
  get accessLog(): string {
    return join(this.prefix, 'logs', 'access.log');
  }
  get statusUrl(): string {
    return `http://127.0.0.1:${this.#statusOnMainPort ? this.port : this.statusPort}${STATUS_PATH}`;
  }

  /** The pid in the pid file if it belongs to this nginx; null while nginx is down. */
  get masterPid(): number | null {
    const leader = this.#child?.pid;
    const pid = Number.parseInt(readText(this.pidFile), 10);
    if (leader === undefined || !isAlive(pid)) return null;
    return pid === leader || isOfSession(pid, leader) ? pid : null;
  }

  /** Workers and helpers of the master, oldest first. */
  get childPids(): readonly number[] {
    const master = this.masterPid;
    return master === null ? [] : childrenOf(master);
  }

  writeConfig(plan: ConfigPlan): void {
    const { prefix, port, statusPort } = this;
    this.#statusOnMainPort = plan.status === 'shared';
    const { workers } = this;
    const asRoot = process.getuid?.() === 0 ? 'root' : null;
    const workersAs = workers === null ? asRoot : `${workers.name} ${workers.group}`;
    const { configureArguments } = this.binary;
    writeFileSync(this.configFile, renderConfig(plan, { prefix, port, statusPort, workersAs, configureArguments }));
  }

  /**
   * Starts nginx and waits until its workers run.
   * @param wrap command that ends in exec'ing nginx, e.g. `['prlimit', '--nofile=64']`.
   * @param uid user that nginx runs as from the start. Default: ours.
   * @throws GapwatchError INTERNAL with nginx's own words when it does not start.
   */
  async start(wrap: readonly string[] = [], uid: number | null = null): Promise<void> {
    if (uid !== null) openPrefixTo(this.prefix, uid);
    else if (this.workers !== null) openPrefixToWorkers(this.prefix, this.workers.gid);
    const words = [...wrap, this.binary.path, '-p', this.prefix, '-c', this.configFile, '-e', this.errorLog];
    // Asks the kernel to end nginx with this process.
    const [command = '', ...args] = [...(await underSetpriv(uid)), ...words, '-g', 'daemon off;'];
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-4000);
    });
    child.on('error', (error) => {
      said += error.message;
    });
    // The pid may be used again when its session has ended.
    child.on('exit', () => {
      if (this.#child === child && membersOf(child.pid ?? 0).length === 0) this.#child = null;
    });
    for (const until = Date.now() + START_MS; Date.now() < until; await sleep(20)) {
      if (child.exitCode !== null || child.pid === undefined) break;
      if (this.childPids.length > 0) return;
    }
    throw new GapwatchError(
      'INTERNAL',
      `the lab's nginx did not start: ${said || readText(this.errorLog).slice(-2000)}`,
    );
  }

  /**
   * SIGHUP to the master; waits until new workers run.
   * @throws GapwatchError INTERNAL with nginx's own words when none come.
   */
  async reload(): Promise<void> {
    const before = new Set(this.childPids);
    const saidBefore = readText(this.errorLog).length;
    const said = () => readText(this.errorLog).slice(saidBefore);
    this.signal('SIGHUP');
    for (const until = Date.now() + START_MS; Date.now() < until && !said().includes('[emerg]'); await sleep(20)) {
      if (this.childPids.some((pid) => !before.has(pid))) return;
    }
    throw new GapwatchError('INTERNAL', `the lab's nginx did not reload: ${said().slice(-2000)}`);
  }

  /** Signal to the master. */
  signal(name: NodeJS.Signals): void {
    const master = this.masterPid;
    if (master !== null) sendSignal(master, name);
  }

  /** The output of `nginx -T` for this config. */
  async dumpConfig(): Promise<string> {
    const args = ['-T', '-p', this.prefix, '-c', this.configFile, '-e', this.errorLog];
    const { stdout } = await promisify(execFile)(this.binary.path, args, { maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  }

  /** Stops nginx with its workers, stopped ones included. Its files stay. */
  async stop(): Promise<void> {
    const leader = this.#child?.pid;
    if (leader === undefined) return;
    const master = this.masterPid ?? leader;
    for (const pid of membersOf(leader)) sendSignal(pid, 'SIGCONT');
    if (isOfSession(master, leader)) sendSignal(master, 'SIGTERM');
    for (const until = Date.now() + STOP_MS; Date.now() < until && membersOf(leader).length > 0; ) await sleep(20);
    for (const pid of membersOf(leader)) sendSignal(pid, 'SIGKILL');
    this.#child = null;
  }

  /** Stops nginx and removes its prefix. */
  async dispose(): Promise<void> {
    await this.stop();
    process.removeListener('exit', this.#dieWithUs);
    rmSync(this.prefix, { recursive: true, force: true, maxRetries: 5 });
  }

  #killNow(): void {
    const leader = this.#child?.pid;
    if (leader !== undefined) for (const pid of membersOf(leader)) sendSignal(pid, 'SIGKILL');
    rmSync(this.prefix, { recursive: true, force: true });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * `setpriv` of util-linux; without it the `exit` handler ends nginx. One call for both: a change of the user clears the
 * signal (prctl(2), PR_SET_PDEATHSIG), so setpriv sets it last.
 */
async function underSetpriv(uid: number | null): Promise<readonly string[]> {
  const user = uid === null ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const words = ['setpriv', ...user, '--pdeathsig', 'TERM'];
  try {
    await promisify(execFile)('setpriv', [...words.slice(1), 'true']);
    return words;
  } catch {
    return [];
  }
}
