/** The resolver goes silent, or the name of the backend no longer exists. Clients get a 502. */
import { DnsResponder } from '../dns-responder.ts';
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** A proxy_pass with a variable resolves its name at run time. `fail` breaks the resolver. */
async function resolvedUpstream(lab: Lab, fail: (dns: DnsResponder) => unknown): Promise<LabPlan> {
  const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
  const dns = await DnsResponder.start();
  lab.onClose(() => dns.stop());
  const port = backend.address.split(':')[1] ?? '';
  const server = `resolver 127.0.0.1:${dns.port} valid=1s ipv6=off; resolver_timeout 3s;
    location / { set $app app.lab.test; proxy_pass http://$app:${port}; }`;
  return {
    config: { workerConnections: 256, server },
    canary: { patienceMs: 8000 },
    async fault() {
      await fail(dns);
      lab.requests({ path: '/x', perSecond: 5 });
    },
  };
}

/** Log line U7 of src/nginx/README.md §3. */
export const scenario: Scenario = {
  id: 'upstream-dns',
  title: 'The resolver stops answering: upstream names cannot be resolved',
  describe:
    'nginx asks a name server for its backend. The name server stops answering; requests hang for resolver_timeout, then 502.',
  expected: { cause: 'upstream-dns' },
  proof: { errorLog: [/app\.lab\.test could not be resolved \(110: /], outcomes: ['http-5xx'] },
  prepare: (lab) =>
    resolvedUpstream(lab, (dns) => {
      dns.mode = 'mute';
    }),
};

const nxdomain: Scenario = {
  id: 'upstream-dns-nxdomain',
  title: 'The name of the backend no longer exists',
  describe: 'The record was deleted. The resolver answers, but says there is no such host; clients get 502.',
  expected: { cause: 'upstream-dns' },
  proof: { errorLog: [/app\.lab\.test could not be resolved \(3: Host not found\)/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  prepare: (lab) =>
    resolvedUpstream(lab, (dns) => {
      dns.mode = 'unknown';
    }),
};

export const variants: readonly Scenario[] = [nxdomain];
