import { connect } from 'node:http2';
import { freePort } from '../free-port.ts';
import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.12, HTTP/2: 2 clients, Active 5, Writing 100. */
export const scenario: Scenario = {
  id: 'non-client-slots-http2',
  title: 'Two HTTP/2 clients with sixty streams each take every slot upstream',
  describe:
    'Each HTTP/2 stream to a hung backend holds an upstream slot although the client holds one connection. Writing ' +
    'exceeds Active, and a handful of clients exhausts the worker.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const port = await freePort();
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `listen 127.0.0.1:${port} http2; location /api/ { proxy_pass http://${backend.address}; }`,
      },
      canary: { path: '/api/canary', perSecond: 1, patienceMs: 20_000 },
      fault() {
        backend.behave({ kind: 'hang' });
        const sessions = [0, 1].map(() => connect(`http://127.0.0.1:${port}`));
        for (const session of sessions) session.on('error', () => session.destroy());
        lab.every(125, () => {
          for (const session of sessions) {
            if (!session.destroyed) session.request({ ':path': '/api/x' }).on('error', () => undefined);
          }
        });
        lab.load.addEventListener('abort', () => sessions.forEach((session) => void session.destroy()), { once: true });
      },
    };
  },
};
