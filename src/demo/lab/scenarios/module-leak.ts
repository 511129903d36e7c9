/**
 * Each request starts a Lua timer that sleeps for minutes and holds a slot. The worker is full with few sockets, and
 * clients are refused.
 */
import { luaModules } from '../lua-modules.ts';
import type { Scenario } from '../scenario.ts';

/** A running Lua timer holds a fake connection: a slot without a socket (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'module-leak',
  title: 'Sleeping Lua timers hold slots that no socket accounts for',
  describe:
    'Each request starts a Lua timer that sleeps for minutes. A running timer takes a connection slot but has no socket, ' +
    'so the worker is full while every list of sockets is nearly empty.',
  expected: { cause: 'module-leak' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  needs: ['lua'],
  prepare(lab) {
    const timer = 'ngx.timer.at(0, function() ngx.sleep(600) end) ngx.say("ok")';
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        main: luaModules(lab.nginx.binary),
        http: 'lua_max_running_timers 1000; lua_max_pending_timers 1000;',
        server: `location /task { content_by_lua_block { ${timer} } }`,
      },
      fault: () => lab.requests({ path: '/task', perSecond: 10 }),
    };
  },
};
