/**
 * The tools of a scenario: the private nginx, backends and clients. Load ends with the fault; everything else ends when
 * the lab closes.
 */

import { setMaxListeners } from 'node:events';
import { chownSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Backend, type BackendOptions } from './backend.ts';
import { Canary } from './canary.ts';
import { type ClosedLoopPlan, closedLoop } from './closed-loop.ts';
import { type HolderPlan, holdConnections } from './connection-holder.ts';
import { httpRequest, type RequestPlan, type RequestResult } from './http-request.ts';
import type { NginxProcess } from './nginx-process.ts';
import { type OpenLoopPlan, openLoop } from './open-loop.ts';

type Defaulted<Plan, Keys extends keyof Plan> = Omit<Plan, Keys> & Partial<Pick<Plan, Keys>>;

export class Lab {
  readonly nginx: NginxProcess;
  readonly canary = new Canary();
  readonly #load = new AbortController();
  readonly #cleanUps: (() => unknown)[] = [];
  readonly #held: ReadonlySet<Socket>[] = [];

  constructor(nginx: NginxProcess) {
    this.nginx = nginx;
    setMaxListeners(0, this.#load.signal);
  }

  /** Aborts at the end of the fault, for load that a scenario creates itself. */
  get load(): AbortSignal {
    return this.#load.signal;
  }

  async backend(options: BackendOptions): Promise<Backend> {
    const backend = await Backend.start(options);
    const { workers } = this.nginx;
    if (options.unixPath !== undefined && workers !== null) chownSync(options.unixPath, workers.uid, workers.gid);
    this.onClose(() => backend.stop());
    return backend;
  }

  /** Clients that arrive at a fixed rate. */
  requests(plan: Defaulted<OpenLoopPlan, 'port' | 'atMost' | 'patienceMs'>): void {
    openLoop({ port: this.nginx.port, atMost: 2000, patienceMs: 60_000, ...plan }, this.load);
  }

  /** Clients that send again after each answer. */
  clients(plan: Defaulted<ClosedLoopPlan, 'port' | 'patienceMs'>): void {
    closedLoop({ port: this.nginx.port, patienceMs: 10_000, ...plan }, this.load);
  }

  /** One ordinary request. Its loss counts like the canary's. */
  async ask(plan: Defaulted<RequestPlan, 'port' | 'patienceMs'>): Promise<RequestResult> {
    const result = await httpRequest({ port: this.nginx.port, patienceMs: 5000, ...plan }, this.load);
    this.canary.results.push(result);
    return result;
  }

  /** `clients` ordinary requests at the same moment, again every `everyMs`. */
  bursts(plan: { readonly path: string; readonly clients: number; readonly everyMs: number }): void {
    const burst = () => {
      for (let n = 0; n < plan.clients; n += 1) void this.ask({ path: plan.path });
    };
    burst();
    this.every(plan.everyMs, burst);
  }

  /** Clients that connect and stay. */
  hold(plan: Defaulted<HolderPlan, 'port'>): void {
    this.#held.push(holdConnections({ port: this.nginx.port, ...plan }, this.load));
  }

  /** Number of those that are connected. */
  get connectionsHeld(): number {
    return this.#held.flatMap((sockets) => [...sockets]).filter(({ readyState }) => readyState !== 'opening').length;
  }

  /** Repeats `act` while the fault lasts. */
  every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    this.load.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Waits, at most until the end of the fault. */
  async sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.load }).catch(() => undefined);
  }

  /** Runs when the lab closes, in reverse order. */
  onClose(act: () => unknown): void {
    this.#cleanUps.push(act);
  }

  stopLoad(): void {
    this.#load.abort();
  }

  async close(): Promise<void> {
    this.stopLoad();
    try {
      await this.nginx.stop();
      for (const act of this.#cleanUps.splice(0).reverse()) await act();
    } finally {
      await this.nginx.dispose();
    }
  }
}
