/**
 * A backend becomes slow and waiting requests fill the slots, two each. Clients get 500s, resets or 504s, by variant.
 */
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

interface SlowUpstreamVariant {
  readonly config?: Partial<ConfigPlan>;
  readonly unix?: boolean;
  /** Requests per second in addition to those of the canary client. */
  readonly perSecond?: number;
  readonly canaryPerSecond?: number;
  readonly delayMs?: number;
}

/** Sends 8 requests a second to 2 × 128 slots while the backend goes from 50 ms to 30 s (src/nginx/README.md §4.1). */
async function slowUpstream(lab: Lab, variant: SlowUpstreamVariant = {}): Promise<LabPlan> {
  const backend = await lab.backend({
    behaviour: { kind: 'answer', afterMs: 50 },
    ...(variant.unix ? { unixPath: `${lab.nginx.prefix}/app.sock` } : {}),
  });
  const delayMs = variant.delayMs ?? 30_000;
  return {
    config: {
      workerConnections: 128,
      ...variant.config,
      http: `upstream app { server ${backend.address}; }`,
      server: `location /api/ { proxy_pass http://app; proxy_read_timeout 120s; } ${variant.config?.server ?? ''}`,
    },
    canary: { path: '/api/canary', patienceMs: delayMs - 5000, perSecond: variant.canaryPerSecond ?? 5 },
    fault() {
      backend.behave({ kind: 'answer', afterMs: delayMs });
      lab.requests({ path: '/api/x', perSecond: variant.perSecond ?? 4 });
    },
  };
}

export const scenario: Scenario = {
  id: 'slow-upstream',
  title: 'A backend turns slow and its waiting requests fill every slot',
  describe:
    'The backend goes from 50 ms to 30 s. Each waiting request holds two slots, one to the client and one to the ' +
    'backend; after about 15 s the workers are full and every client gets a 500, while accepts − handled stays 0.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough while connecting to upstream/], outcomes: ['http-5xx'] },
  prepare: (lab) => slowUpstream(lab),
};

const blind: Scenario = {
  id: 'slow-upstream-blind',
  title: 'A slow backend on an nginx without stub_status and with the bare access log',
  describe:
    'As slow-upstream, but there is no status page and the access log has no upstream times. What is left is the ' +
    'error log and the sockets of the workers, and they are enough.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  prepare: (lab) => slowUpstream(lab, { config: { status: 'none', accessFormat: 'combined' } }),
};

/**
 * One more listener makes the number of free slots even, so the accept fails instead of the upstream connect
 * (src/nginx/README.md §1.2).
 */
const even: Scenario = {
  id: 'slow-upstream-even',
  title: 'The same slow backend, but clients are reset instead of getting a 500',
  describe:
    'One listen directive more makes the number of free slots even: now the accept fails, clients are reset, the ' +
    'accepts − handled gap grows and the access log stays silent. The cause is the same slow backend.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/\d+#\d+: 128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowUpstream(lab, { config: { server: `listen unix:${lab.nginx.prefix}/extra.sock;` } }),
};

/** 150 requests a second fill 2 × 512 slots in 3.3 s (src/nginx/README.md §4.1). */
const fast: Scenario = {
  id: 'slow-upstream-fast',
  title: 'A slow backend under heavy traffic: full within four seconds',
  describe: 'The backend hangs at 150 requests a second, so that the slots fill faster than any polling can warn of.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/512 worker_connections are not enough/], loses: true },
  faultSeconds: 20,
  prepare: (lab) => slowUpstream(lab, { config: { workerConnections: 512 }, perSecond: 145 }),
};

const ramp: Scenario = {
  id: 'slow-upstream-ramp',
  title: 'A slow backend under light traffic: forty seconds of warning',
  describe: 'Three requests a second pile up behind a backend that hangs; the slots run full only after about 40 s.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  faultSeconds: 55,
  prepare: (lab) => slowUpstream(lab, { perSecond: 2, canaryPerSecond: 1, delayMs: 100_000 }),
};

/**
 * With a short proxy_read_timeout and enough slots the slots never fill; clients get 504s (src/nginx/README.md §4.1).
 */
const timeouts: Scenario = {
  id: 'slow-upstream-timeouts',
  title: 'A slow backend that proxy_read_timeout cuts off: 504s, slots never full',
  describe: 'The backend hangs, nginx gives up after 5 s each time. Clients get 504 although slots are plentiful.',
  expected: { cause: 'slow-upstream' },
  proof: {
    errorLog: [/upstream timed out \(110: \w+ timed out\) while reading response header from upstream/],
    notInErrorLog: [/worker_connections/],
    outcomes: ['http-5xx'],
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 50 } });
    return {
      config: {
        workerConnections: 256,
        server: `location /api/ { proxy_pass http://${backend.address}; proxy_read_timeout 5s; }`,
      },
      canary: { path: '/api/canary', patienceMs: 10_000 },
      fault() {
        backend.behave({ kind: 'hang' });
        lab.requests({ path: '/api/x', perSecond: 4 });
      },
    };
  },
};

const unix: Scenario = {
  id: 'slow-upstream-unix',
  title: 'A slow backend behind a unix socket, one worker, accept_mutex on',
  describe:
    'As slow-upstream, but the upstream sockets are unix sockets, which no TCP table shows, and a single worker ' +
    'with accept_mutex serves the status page from the same listener.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/worker_connections are not enough/], loses: true },
  prepare: (lab) =>
    slowUpstream(lab, {
      unix: true,
      config: { workers: 1, workerConnections: 200, events: 'accept_mutex on;', status: 'shared' },
    }),
};

export const variants: readonly Scenario[] = [blind, even, fast, ramp, timeouts, unix];
