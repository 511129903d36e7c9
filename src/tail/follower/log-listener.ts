/** Listens for changes to the names of one log. Of a symlink the target is watched as well. */
import { basename, dirname } from 'node:path';
import type { PulseListener } from '../pulse.ts';
import { siblingNames } from './siblings.ts';
import { targetOf } from './whereabouts.ts';

/** Where a symlink leads is asked again at every poll. */
export function logListener(path: string, wake: () => void): PulseListener {
  const isOurs = siblingNames(basename(path));
  let isTargets = isOurs;
  return {
    directories() {
      const target = targetOf(path);
      if (target === null) return [dirname(path)];
      isTargets = siblingNames(basename(target));
      return [...new Set([dirname(path), dirname(target)])];
    },
    wants: (name) => isOurs(name) || isTargets(name),
    wake,
  };
}
