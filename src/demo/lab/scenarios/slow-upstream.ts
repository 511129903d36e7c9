import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

export interface SlowUpstreamVariant {
  readonly config?: Partial<ConfigPlan>;
  readonly unix?: boolean;
  /** Requests per second beside the ordinary client's. */
  readonly perSecond?: number;
  readonly canaryPerSecond?: number;
  readonly delayMs?: number;
}

/** src/nginx/README.md §4.1: 2 × 128 slots, 8 requests a second, backend 50 ms → 30 s. */
export async function slowUpstream(lab: Lab, variant: SlowUpstreamVariant = {}): Promise<LabPlan> {
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
