/** The invented host of the digest demo: its configuration before and after a change, and its samples. */
import type { SampleOf } from '../core/sample.ts';
import type { StubStatusCounters } from '../core/samples/stub-status.ts';
import type { SystemData } from '../core/samples/system.ts';
import type { Settings } from '../core/settings.ts';
import { parseFragment } from '../nginx/config-tree.ts';
import { deriveSettings } from '../nginx/effective.ts';
import type { Agent, AgentSink } from '../service/agent.ts';

export const DEMO_SLOTS = 1024;
export const DEMO_SOFT_LIMIT = 4096;
/** Load of each worker relative to the hottest one, because workers never share evenly. */
export const DEMO_WORKERS: readonly number[] = [1, 0.93, 0.86, 0.74];
export const DEMO_UPSTREAM_PER_CLIENT = 0.62;
/** Line of the day's change in `config`. */
export const BODY_TIMEOUT_LINE = 8;

const CONFIG_FILE = '/etc/nginx/nginx.conf';
const GIBIBYTE = 1024 ** 3;
const MINUTE_MS = 60_000;
const REQUESTS_PER_SECOND = 78;
const CONNECTIONS_PER_SECOND = 21;

const config = (bodyTimeout: string): string => `worker_processes ${DEMO_WORKERS.length};
worker_rlimit_nofile ${DEMO_SOFT_LIMIT};
error_log /var/log/nginx/error.log notice;
events {
    worker_connections ${DEMO_SLOTS};
}
http {
    client_body_timeout ${bodyTimeout};
    log_format timed '$remote_addr [$time_local] "$request" $status $upstream_addr $upstream_response_time';
    access_log /var/log/nginx/access.log timed;
    upstream app { server 10.0.4.11:9000; server 10.0.4.12:9000; keepalive 32; }
    server {
        listen 80;
        location / { proxy_pass http://app; proxy_read_timeout 120s; }
        location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }
    }
}`;

/** The settings with this `client_body_timeout`. */
export function demoSettings(bodyTimeout: string): Settings {
  const tree = parseFragment(config(bodyTimeout), CONFIG_FILE);
  return deriveSettings(tree, { origin: 'live', version: '1.28.0', cpus: DEMO_WORKERS.length, prefix: '/etc/nginx/' });
}

const SYSTEM: SystemData = {
  cpus: DEMO_WORKERS.length,
  memoryTotalBytes: 8 * GIBIBYTE,
  memoryAvailableBytes: 5 * GIBIBYTE,
  loadAverage1m: 1.2,
  somaxconn: 4096,
  ephemeralPortFirst: 32_768,
  ephemeralPortLast: 60_999,
  tcpTwReuse: 2,
  tcpMaxSynBacklog: 1024,
  pidsCurrent: 40,
  pidsMax: null,
  disks: [],
};

function statusPage(at: number, sinceMs: number): SampleOf<'stub-status'> {
  const accepts = 1_000_000 + Math.round((CONNECTIONS_PER_SECOND * sinceMs) / 1000);
  const counters: StubStatusCounters = {
    active: 1_420,
    accepts,
    handled: accepts,
    requests: 4_000_000 + Math.round((REQUESTS_PER_SECOND * sinceMs) / 1000),
    reading: 3,
    writing: 310,
    waiting: 1_107,
  };
  const fresh = { ok: true, latencyMs: 1, counters } as const;
  const data = { url: 'http://127.0.0.1:80/nginx_status', fresh, armed: null, counters };
  return { probe: 'stub-status', at, ok: true, data };
}

/** Two polls a minute apart, the newer one now. */
function samples(now: number, usedByWorker: readonly number[]) {
  const pids = usedByWorker.map((used, worker) => ({ pid: 101 + worker, used }));
  const slots: SampleOf<'slots'> = {
    probe: 'slots',
    at: now,
    ok: true,
    data: { workers: pids.map((worker) => ({ ...worker, limit: DEMO_SLOTS, method: 'exact' })), old: [] },
  };
  const files = { soft: DEMO_SOFT_LIMIT, hard: 524_288 };
  const fds: SampleOf<'fds'> = {
    probe: 'fds',
    at: now,
    ok: true,
    data: {
      workers: pids.map(({ pid, used }) => ({ pid, used: Math.round(used * 1.12 + 40), ...files })),
      master: { pid: 100, used: 12, ...files },
      systemUsed: 9_000,
      systemMax: 800_000,
    },
  };
  const system: SampleOf<'system'> = { probe: 'system', at: now, ok: true, data: SYSTEM };
  return [statusPage(now - MINUTE_MS, 0), statusPage(now, MINUTE_MS), slots, fds, system];
}

/** Replaces the agent of a real nginx: one poll at the start. */
export function demoAgent(sink: AgentSink, now: number, usedByWorker: readonly number[]): Agent {
  const pollNow = async () => {
    const seen = samples(now, usedByWorker);
    sink.settings(demoSettings('120s'), []);
    sink.samples(seen);
    return seen;
  };
  return {
    start: async () => void (await pollNow()),
    pollNow,
    pollSoon: () => {},
    discovery: () => null,
    logStates: () => [],
    stop: async () => {},
  };
}
