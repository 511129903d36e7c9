/**
 * A Lua handler opens one file per request and never closes it. After about twenty seconds clients get 500s and then
 * hang.
 */
import { luaModules } from '../lua-modules.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'fd-leak',
  title: 'A plugin leaks one file descriptor per request until nothing can be opened',
  describe:
    'A Lua handler opens a file for each request and never closes it. Connections stay flat, descriptors climb with ' +
    'the requests, and after twenty seconds clients get 500s and then hang.',
  expected: { cause: 'fd-leak', alsoAllowed: ['fd-exhaustion'] },
  proof: { errorLog: [/failed \(24: /], loses: true },
  needs: ['lua'],
  prepare(lab) {
    // A global table keeps the files open. Otherwise the garbage collector closes them.
    const open = 'local file = io.open(ngx.var.document_root .. "/index.html")';
    const leak = `leaked = leaked or {}; ${open}; if file then table.insert(leaked, file) end`;
    return {
      config: {
        workers: 1,
        workerConnections: 1024,
        main: `worker_rlimit_nofile 256; ${luaModules(lab.nginx.binary)}`,
        server: `location /leaky { access_by_lua_block { ${leak} } try_files /index.html =404; }`,
      },
      fault: () => lab.requests({ path: '/leaky', perSecond: 12 }),
    };
  },
};
