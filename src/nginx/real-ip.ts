/** Derives which proxies are trusted to send the client's address (ngx_http_realip_module and ngx_stream_realip_module). */

import type { RealIp } from '../core/settings.ts';
import { placeOf, type Scope, walk } from './scope.ts';

/** All blocks taken together; null when none of the directives is written. */
export function realIp(root: Scope): RealIp | null {
  const written = (name: string) => walk(root).flatMap((scope) => scope.directives.get(name) ?? []);
  const headers = written('real_ip_header');
  const trusted = written('set_real_ip_from');
  const first = headers[0] ?? trusted[0];
  if (first === undefined) return null;
  return {
    trusted: trusted.flatMap((node) => node.args),
    header: headers[0]?.args[0] ?? 'X-Real-IP',
    place: placeOf(first),
  };
}
