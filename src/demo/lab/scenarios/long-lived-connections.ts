/** Websockets or event streams fill the slots and stay open, two slots each. New clients get a 500. */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: lab.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

export const WEBSOCKET = { hello: UPGRADE, drip: { everyMs: 1000, text: 'ping' } };

export const WEBSOCKET_LOCATION =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 1h;';

/**
 * 62 client and 62 upstream sockets fill 128 slots; the upstream sockets have received bytes (src/nginx/README.md
 * §4.12).
 */
export const scenario: Scenario = {
  id: 'long-lived-connections',
  title: 'Websockets stay open and take every slot, two each',
  describe:
    'Healthy websocket clients come and stay. Each holds one slot to the client and one to the backend; when the pool ' +
    'is full new clients get a 500. All connections carry data: nothing is slow, only slots are short.',
  expected: { cause: 'long-lived-connections' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `location /ws { proxy_pass http://${backend.address}; ${WEBSOCKET_LOCATION} } location /api/ { proxy_pass http://${backend.address}; }`,
      },
      canary: { path: '/api/canary' },
      fault: () => lab.hold({ ...WEBSOCKET, perSecond: 4, atMost: 200 }),
    };
  },
};

const sse: Scenario = {
  id: 'long-lived-connections-sse',
  title: 'Event streams (SSE) stay open and take every slot',
  describe:
    'Browsers subscribe to an event stream and keep it. Each stream holds two slots for as long as the tab is open.',
  expected: { cause: 'long-lived-connections' },
  proof: { errorLog: [/64 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({
      behaviour: { kind: 'stream', everyMs: 1000 },
      paths: { '/canary': { kind: 'answer', afterMs: 10 } },
    });
    return {
      config: {
        workerConnections: 64,
        server: `location / { proxy_pass http://${backend.address}; proxy_buffering off; proxy_read_timeout 1h; }`,
      },
      canary: { path: '/canary' },
      fault: () => lab.hold({ perSecond: 4, atMost: 200, hello: get('/events'), sources: 200 }),
    };
  },
};

export const variants: readonly Scenario[] = [sse];
