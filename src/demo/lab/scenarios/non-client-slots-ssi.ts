import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.12, SSI: Active 7, upstream 118. */
export const scenario: Scenario = {
  id: 'non-client-slots-ssi',
  title: 'A page with twenty server-side includes from a hung backend: 7 clients fill 128 slots',
  describe: 'Each view of one page opens twenty upstream connections. Active connections stay in single digits.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough/] },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const page = Array.from({ length: 20 }, (_, n) => `<!--#include virtual="/part/${n}" -->`).join('\n');
    writeFileSync(join(lab.nginx.prefix, 'html', 'page.shtml'), page);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `location /part/ { proxy_pass http://${backend.address}; } location = /page.shtml { ssi on; ssi_types *; }`,
      },
      fault() {
        backend.behave({ kind: 'hang' });
        lab.requests({ path: '/page.shtml', perSecond: 0.5 });
      },
    };
  },
};
