import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'upstream-tls',
  title: 'The TLS handshake with the backend fails',
  describe: 'A reload switches proxy_pass to https, but the backend speaks plain HTTP on that port: 502 for everyone.',
  expected: { cause: 'upstream-tls' },
  proof: { errorLog: [/SSL_do_handshake\(\) failed .*while SSL handshaking to upstream/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
    const config = (scheme: string) => ({
      workerConnections: 256,
      server: `location / { proxy_pass ${scheme}://${backend.address}; }`,
    });
    return {
      config: config('http'),
      async fault() {
        lab.nginx.writeConfig(config('https'));
        await lab.nginx.reload();
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};
