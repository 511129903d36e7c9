/** Lists what a machine lacks for a scenario, so that the demo offers none that cannot run. */
import { spawnSync } from 'node:child_process';
import { hasLua } from './lua-modules.ts';
import type { NginxBinary } from './nginx-binary.ts';
import type { Need, Scenario } from './scenario.ts';

const REMEDIES: Readonly<Record<Need, string>> = {
  root: 'run it as root (it needs another user id or a private namespace)',
  openssl: 'install the openssl command',
  lua: 'install the Lua module of nginx (Debian: libnginx-mod-http-lua)',
};

/** One sentence for each missing thing; empty when the scenario can run here. */
export function missingNeeds(scenario: Scenario, binary: NginxBinary): string[] {
  const has: Readonly<Record<Need, () => boolean>> = {
    root: () => process.getuid?.() === 0,
    openssl: () => spawnSync('openssl', ['version']).status === 0,
    lua: () => hasLua(binary),
  };
  return (scenario.needs ?? []).filter((need) => !has[need]()).map((need) => REMEDIES[need]);
}
