/**
 * The network to the backend fails: no route, or packets are dropped. Clients get a 502 at once, or a 504 after the
 * timeout.
 */
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Proxies to a backend, then reloads with an address of TEST-NET-1 (RFC 5737). */
export async function movedTo(lab: Lab, address: string, locationLines = ''): Promise<LabPlan> {
  const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
  const config = (upstream: string) => ({
    workerConnections: 256,
    server: `location / { proxy_pass http://${upstream}; proxy_connect_timeout 3s; ${locationLines} }`,
  });
  return {
    config: config(backend.address),
    canary: { patienceMs: 8000 },
    async fault() {
      lab.nginx.writeConfig(config(address));
      await lab.nginx.reload();
      lab.requests({ path: '/x', perSecond: 5 });
    },
  };
}

export const scenario: Scenario = {
  id: 'upstream-unreachable',
  title: 'No route to the backend host: errno 113',
  describe:
    'The network to the backend is gone. Each connect fails at once with "No route to host" and clients get 502.',
  expected: { cause: 'upstream-unreachable' },
  proof: { errorLog: [/failed \(113: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  faultSeconds: 20,
  namespace: { sysctls: {}, setUp: ['ip route add unreachable 192.0.2.0/24'] },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};

const silent: Scenario = {
  id: 'upstream-unreachable-silent',
  title: 'Packets to the backend vanish: connects time out',
  describe: 'A firewall drops what nginx sends to the backend. Connects hang in SYN-SENT until they time out, a 504.',
  expected: { cause: 'upstream-unreachable', alsoAllowed: ['upstream-backlog'] },
  proof: { errorLog: [/upstream timed out \(110: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  // The loopback device silently drops packets to an address that is not local.
  namespace: { sysctls: {}, setUp: ['ip route add 192.0.2.0/24 dev lo'] },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};

export const variants: readonly Scenario[] = [silent];
