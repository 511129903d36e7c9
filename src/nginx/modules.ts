/** Finds the modules in a configuration that hold connections, or explain them. */
import type { ConfigNode } from './config-tree.ts';
import { type Scope, walk } from './scope.ts';

/** Directive prefixes and module file names of modules that open connections themselves. */
const THIRD_PARTY: readonly (readonly [module: string, directive: RegExp, file: RegExp])[] = [
  ['lua', /_by_lua(_block|_file)?$|^lua_/, /ngx_(http|stream)_lua/],
  ['njs', /^js_/, /ngx_(http|stream)_js/],
  ['nchan', /^nchan_/, /ngx_nchan/],
  ['push-stream', /^push_stream_/, /ngx_http_push_stream/],
  ['passenger', /^passenger_/, /ngx_http_passenger/],
  ['pagespeed', /^pagespeed$/, /ngx_pagespeed/],
  ['perl', /^perl(_|$)/, /ngx_http_perl/],
  ['rtmp', /^rtmp$/, /ngx_rtmp/],
  ['vts', /^vhost_traffic_status/, /vhost_traffic_status/],
  ['upload', /^upload_(pass|store)$/, /ngx_http_upload_module/],
  ['modsecurity', /^modsecurity/, /ngx_http_modsecurity/],
  ['upsync', /^upsync/, /upsync/],
  ['upstream-check', /^check$/, /upstream_check/],
  ['otel', /^(otel|opentelemetry)_/, /otel|opentelemetry/],
];

/** Modules whose directives are in use or whose file is loaded, by short name. */
export function thirdPartyModules(root: Scope): readonly string[] {
  const directives = new Set<string>();
  for (const scope of walk(root)) for (const name of scope.directives.names()) directives.add(name);
  const loaded = (root.directives.get('load_module') ?? []).map((node: ConfigNode) => node.args[0] ?? '');
  return THIRD_PARTY.filter(
    ([, directive, file]) =>
      loaded.some((path) => file.test(path)) || [...directives].some((name) => directive.test(name)),
  ).map(([module]) => module);
}

/** True when any block has that directive with anything but `off`. */
export function usesAny(root: Scope, name: RegExp): boolean {
  for (const scope of walk(root)) {
    for (const directive of scope.directives.names()) {
      if (name.test(directive) && scope.directives.get(directive)?.some((node) => node.args[0] !== 'off')) return true;
    }
  }
  return false;
}
