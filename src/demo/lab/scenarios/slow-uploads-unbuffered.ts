import type { Scenario } from '../scenario.ts';
import { slowUploads } from './slow-uploads.ts';

/** src/nginx/README.md §4.4, unbuffered: the sockets look like a slow upstream, but the clients are the ones still sending. */
export const scenario: Scenario = {
  id: 'slow-uploads-unbuffered',
  title: 'Trickling uploads with proxy_request_buffering off: looks like a slow backend',
  describe:
    'Every upload holds an upstream connection from its first byte. The backend is silent because it waits for the ' +
    'client: blaming it would be wrong.',
  expected: { cause: 'slow-uploads' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  prepare: (lab) => slowUploads(lab, 'proxy_request_buffering off; proxy_http_version 1.1;'),
};
