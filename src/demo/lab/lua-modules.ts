import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NginxBinary } from './nginx-binary.ts';

function modulesPath(binary: NginxBinary): string {
  return /--modules-path=(\S+)/.exec(binary.configureArguments)?.[1] ?? '/usr/lib/nginx/modules';
}

/** Whether this nginx can run Lua: built in (openresty) or as a loadable module. */
export function hasLua(binary: NginxBinary): boolean {
  return (
    binary.configureArguments.includes('ngx_lua') || existsSync(join(modulesPath(binary), 'ngx_http_lua_module.so'))
  );
}

/** The `load_module` lines that Lua needs; empty when it is built in. */
export function luaModules(binary: NginxBinary): string {
  return ['ndk_http_module.so', 'ngx_http_lua_module.so']
    .map((file) => join(modulesPath(binary), file))
    .filter((path) => existsSync(path))
    .map((path) => `load_module ${path};`)
    .join(' ');
}
