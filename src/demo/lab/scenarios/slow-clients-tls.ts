import { selfSignedCertificate } from '../certificate.ts';
import { freePort } from '../free-port.ts';
import type { Scenario } from '../scenario.ts';

/** A ClientHello's record header (22 = handshake, TLS 1.0, 512 bytes to come) and the first byte of those. */
const HALF_CLIENT_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);

/** src/nginx/README.md §4.3: stalled handshakes are Active, but neither Reading, Writing nor Waiting. */
export const scenario: Scenario = {
  id: 'slow-clients-tls',
  title: 'Stalled TLS handshakes take every slot, visible in no stub_status state',
  describe:
    'Clients send the start of a TLS handshake and stop. They count as Active but in none of the three states; when ' +
    'the slots are gone ordinary clients are reset.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/128 worker_connections are not enough$/m], outcomes: ['reset'] },
  needs: ['openssl'],
  async prepare(lab) {
    const { certFile, keyFile } = await selfSignedCertificate(lab.nginx.prefix);
    const tlsPort = await freePort();
    const server = `listen 127.0.0.1:${tlsPort} ssl; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};`;
    return {
      config: { workerConnections: 128, server },
      fault: () => lab.hold({ port: tlsPort, perSecond: 15, atMost: 600, hello: HALF_CLIENT_HELLO }),
    };
  },
};
