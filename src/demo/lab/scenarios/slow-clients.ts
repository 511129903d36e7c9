/**
 * Clients send request headers or TLS handshakes and never finish them. They fill the slots, and ordinary clients are
 * reset.
 */
import { selfSignedCertificate } from '../certificate.ts';
import { freePort } from '../free-port.ts';
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Sends 15 unfinished request headers a second to 2 × 128 slots (src/nginx/README.md §4.3). */
function slowHeaders(lab: Lab, server: string, sources?: number): LabPlan {
  return {
    config: { workerConnections: 128, server },
    fault: () =>
      lab.hold({
        perSecond: 15,
        atMost: 600,
        hello: 'GET / HTTP/1.1\r\nHost: lab.test\r\n',
        drip: { everyMs: 3000, text: 'X-Drip: 1\r\n' },
        ...(sources === undefined ? {} : { sources }),
      }),
  };
}

export const scenario: Scenario = {
  id: 'slow-clients',
  title: 'Clients that never finish their request headers take every slot (slowloris)',
  describe:
    'One source opens connections and sends headers a line at a time. All of them count as Reading; after about 16 s ' +
    'every worker is full and ordinary clients are reset.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowHeaders(lab, ''),
};

/**
 * With client_header_timeout 10 s the clients level out at 150 of 256 slots: 408s, and no client is refused
 * (src/nginx/README.md §4.3).
 */
const cutOff: Scenario = {
  id: 'slow-clients-cut-off',
  title: 'Slow request headers that client_header_timeout keeps in check',
  describe:
    'The same slow clients, but each is cut off after 10 s. They level out at 60% of the slots, and no client is refused.',
  expected: { cause: 'slow-clients', mayStaySilent: true },
  proof: { accessLog: [/" 408 /], notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => slowHeaders(lab, 'client_header_timeout 10s;'),
};

const reuseport: Scenario = {
  id: 'slow-clients-reuseport',
  title: 'Slow request headers against four workers with reuseport',
  describe: 'As slow-clients, with a kernel queue for each of four workers: all fill alike.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => {
    const plan = slowHeaders(lab, '', 200);
    return { ...plan, config: { workers: 4, workerConnections: 64, listenFlags: 'reuseport', server: '' } };
  },
};

const sources: Scenario = {
  id: 'slow-clients-sources',
  title: 'Slow request headers from two hundred addresses at once',
  describe: 'As slow-clients, but no single source dominates: limit_conn by address would not help.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowHeaders(lab, '', 200),
};

/** The record header of a ClientHello (22 = handshake, TLS 1.0, 512 bytes follow) and the first byte of its body. */
const HALF_CLIENT_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);

/** Stalled handshakes count as Active, but not as Reading, Writing or Waiting (src/nginx/README.md §4.3). */
const tls: Scenario = {
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

export const variants: readonly Scenario[] = [cutOff, reuseport, sources, tls];
