/** Clients send request bodies a few bytes at a time and fill the slots. Ordinary clients are reset. */
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Starts 15 uploads a second that each send a few bytes a second (src/nginx/README.md §4.4). */
async function slowUploads(lab: Lab, locationLines: string): Promise<LabPlan> {
  const backend = await lab.backend({
    behaviour: { kind: 'hang' },
    paths: { '/up/canary': { kind: 'answer', afterMs: 10 } },
  });
  return {
    config: {
      workerConnections: 128,
      server: `client_max_body_size 100m; location /up/ { proxy_pass http://${backend.address}; ${locationLines} }`,
    },
    canary: { path: '/up/canary' },
    fault: () =>
      lab.hold({
        perSecond: 15,
        atMost: 600,
        hello: 'POST /up/file HTTP/1.1\r\nHost: lab.test\r\nContent-Length: 1000000\r\n\r\nstart',
        drip: { everyMs: 1000, text: 'x'.repeat(40) },
        sources: 100,
      }),
  };
}

export const scenario: Scenario = {
  id: 'slow-uploads',
  title: 'Uploads that trickle in take every slot (buffered by nginx)',
  describe:
    'Clients on poor lines send request bodies a few bytes at a time. nginx buffers them, so the backend sees nothing; ' +
    'they count as Writing, and when the slots are gone ordinary clients are reset.',
  expected: { cause: 'slow-uploads' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  prepare: (lab) => slowUploads(lab, ''),
};

/** Unbuffered, the sockets look like a slow upstream, but the clients are still sending (src/nginx/README.md §4.4). */
const unbuffered: Scenario = {
  id: 'slow-uploads-unbuffered',
  title: 'Trickling uploads with proxy_request_buffering off: looks like a slow backend',
  describe:
    'Every upload holds an upstream connection from its first byte. The backend is silent because it waits for the ' +
    'client: blaming it would be wrong.',
  expected: { cause: 'slow-uploads' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  prepare: (lab) => slowUploads(lab, 'proxy_request_buffering off; proxy_http_version 1.1;'),
};

export const variants: readonly Scenario[] = [unbuffered];
