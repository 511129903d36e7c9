/** Traffic grows beyond the slots while the backend stays fast. Clients get 500s or resets. */
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Sends more traffic than the slots can hold, while each request takes as long as before. */
async function tooMuchTraffic(lab: Lab, perSecond: number, config: Partial<ConfigPlan>): Promise<LabPlan> {
  const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 400 } });
  return {
    config: {
      workerConnections: 64,
      ...config,
      server: `location /api/ { proxy_pass http://${backend.address}; }`,
    },
    canary: { path: '/api/canary' },
    fault: () => lab.requests({ path: '/api/x', perSecond, sources: 500 }),
  };
}

export const scenario: Scenario = {
  id: 'slot-capacity',
  title: 'More clients than slots: traffic grows, the backend is as quick as ever',
  describe:
    'The backend takes 400 ms as it always did, but three times the traffic arrives that 2 × 64 slots can carry. ' +
    'Clients get 500s or resets; nothing is slow, there are just too few worker_connections.',
  expected: { cause: 'slot-capacity' },
  proof: { errorLog: [/64 worker_connections are not enough/], loses: true },
  faultSeconds: 20,
  prepare: (lab) => tooMuchTraffic(lab, 250, { workers: 2 }),
};

const reuseport: Scenario = {
  id: 'slot-capacity-reuseport',
  title: 'More clients than slots, spread evenly over four workers by reuseport',
  describe: 'As slot-capacity, with 4 × 64 slots and a kernel queue for each worker, so that all fill alike.',
  expected: { cause: 'slot-capacity' },
  proof: { errorLog: [/64 worker_connections are not enough/], loses: true },
  faultSeconds: 20,
  prepare: (lab) => tooMuchTraffic(lab, 450, { workers: 4, listenFlags: 'reuseport' }),
};

export const variants: readonly Scenario[] = [reuseport];
