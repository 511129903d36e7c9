/** A configuration for the audit: a file with what it includes, or a text (`nginx -T` output, or any piece). */
import { resolve } from 'node:path';
import { type ConfigTree, parseConfig, parseDump } from '../nginx/config-tree.ts';
import { deriveSettings } from '../nginx/effective.ts';
import { isWhole } from '../nginx/fragment.ts';
import { missingSemicolons } from '../nginx/missing-semicolons.ts';
import type { Settings } from '../nginx/settings.ts';
import { diskReader } from './discovery/config-files.ts';
import { systemHost } from './discovery/host.ts';

export interface ReadConfig {
  readonly settings: Settings;
  /** What nginx would refuse, and files that could not be read. */
  readonly problems: ConfigTree['problems'];
  /** False when there is not one directive: nothing was audited. */
  readonly hasDirectives: boolean;
}

const DUMP_HEADER = /^# configuration file .+:$/m;

function readTree(tree: ConfigTree, version: string | null): ReadConfig {
  const origin = isWhole(tree.nodes) ? 'files' : 'fragment';
  const settings = deriveSettings(tree, { origin, version, cpus: null, prefix: null });
  const problems = [...tree.problems, ...missingSemicolons(tree)];
  return { settings, problems, hasDirectives: tree.nodes.some(({ name }) => /^[a-z_0-9]+$/.test(name)) };
}

/** `version`: of the nginx that is to run it, as some defaults depend on it; null when unknown. */
export const readConfigText = (text: string, version: string | null): ReadConfig => readTree(parseDump(text), version);

/** `include` is relative to the folder of the file. Null with the reason when the file itself cannot be read. */
export function readConfigFile(path: string, version: string | null): ReadConfig | { readonly failure: string } {
  const host = systemHost();
  const file = resolve(path);
  const found = host.read(file);
  if ('failure' in found) return found;
  if (DUMP_HEADER.test(found.text)) return readConfigText(found.text, version);
  return readTree(parseConfig(file, diskReader(host, '')), version);
}
