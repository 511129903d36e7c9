/** A reload breaks TLS to the backend: plain HTTP on its port, or a certificate for another host. Clients get a 502. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../certificate.ts';
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

const verify: Scenario = {
  id: 'upstream-tls-verify',
  title: "The backend's certificate fails proxy_ssl_verify",
  describe:
    'A reload turns verification on; the certificate names another host. nginx refuses the backend, clients get 502.',
  expected: { cause: 'upstream-tls' },
  proof: { errorLog: [/upstream SSL certificate/], outcomes: ['http-5xx'] },
  needs: ['openssl'],
  faultSeconds: 20,
  async prepare(lab) {
    const { certFile, keyFile } = await selfSignedCertificate(lab.nginx.prefix);
    const backend = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, response) =>
      response.end('ok\n'),
    );
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    lab.onClose(() => {
      backend.closeAllConnections();
      backend.close();
    });
    const { port } = backend.address() as AddressInfo;
    const config = (verify: string) => ({
      workerConnections: 256,
      server: `location / { proxy_pass https://127.0.0.1:${port}; ${verify} }`,
    });
    const verify = `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${certFile}; proxy_ssl_name other.test;`;
    return {
      config: config(''),
      async fault() {
        lab.nginx.writeConfig(config(verify));
        await lab.nginx.reload();
        lab.requests({ path: '/x', perSecond: 3 });
      },
    };
  },
};

export const variants: readonly Scenario[] = [verify];
