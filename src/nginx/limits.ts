/** Lists the zones of limit_req and limit_conn and the places that use them. */

import type { LimitZone, Settings } from '../core/settings.ts';
import { ALL_NAMES } from './plain-name.ts';
import { printedWord } from './printed-words.ts';
import { parameter, placeOf, type Scope, walk } from './scope.ts';
import { parseSizeBytes } from './units.ts';

const ZONES = ['limit_req_zone', 'limit_conn_zone'] as const;
const USES = ['limit_req', 'limit_conn'] as const;

export function limitZones(root: Scope): readonly LimitZone[] {
  const found: LimitZone[] = [];
  for (const scope of walk(root)) {
    for (const kind of ZONES) {
      for (const node of scope.directives.get(kind) ?? []) {
        const [name = '', size = ''] = (parameter(node.args, 'zone') ?? '').split(':');
        const key = printedWord(node.args[0] ?? '', ['variables'], ALL_NAMES);
        found.push({ kind, name, key, sizeBytes: parseSizeBytes(size) ?? 0, place: placeOf(node) });
      }
    }
  }
  return found;
}

export function limitUses(root: Scope): Settings['limitUses'] {
  const found: Settings['limitUses'][number][] = [];
  for (const scope of walk(root)) {
    for (const kind of USES) {
      for (const node of scope.directives.get(kind) ?? []) {
        const zone = kind === 'limit_req' ? parameter(node.args, 'zone') : node.args[0];
        found.push({ kind, zone: zone ?? '', place: placeOf(node) });
      }
    }
  }
  return found;
}
