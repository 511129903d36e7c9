/**
 * Parses a fixture: a configuration with its expected findings in comments. `# finds SEVERITY` marks the line of a
 * finding, `# host {…}` and `# version …` add facts about a running nginx, and `# unresolvable` means that nginx
 * cannot load it without a nameserver.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type HostFacts, NO_HOST } from '../../src/audit/rule.ts';
import type { SystemData } from '../../src/core/samples/system.ts';
import type { Settings } from '../../src/core/settings.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';

export const FIXTURES = resolve(import.meta.dirname, 'fixtures');

export interface Fixture {
  readonly text: string;
  readonly settings: Settings;
  readonly host: HostFacts;
  /** `LINE SEVERITY`, in order. */
  readonly expected: readonly string[];
  /** The installed nginx can check whether it is valid. */
  readonly loadable: boolean;
}

const SYSTEM: SystemData = {
  cpus: 4,
  memoryTotalBytes: null,
  memoryAvailableBytes: null,
  loadAverage1m: null,
  somaxconn: null,
  ephemeralPortFirst: null,
  ephemeralPortLast: null,
  tcpTwReuse: null,
  tcpMaxSynBacklog: null,
  pidsCurrent: null,
  pidsMax: null,
  disks: [],
};

export const systemOf = (known: Partial<SystemData>): SystemData => ({ ...SYSTEM, ...known });

function hostIn(text: string): HostFacts {
  const json = /^# host (.*)$/m.exec(text)?.[1];
  if (json === undefined) return NO_HOST;
  const written = JSON.parse(json) as Partial<HostFacts>;
  const system = written.system == null ? null : systemOf(written.system);
  return { ...NO_HOST, ...written, system };
}

export function settingsIn(text: string, host: HostFacts): Settings {
  const version = /^# version (\S+)$/m.exec(text)?.[1] ?? null;
  return deriveSettings(parseFragment(text), {
    origin: 'files',
    version,
    cpus: host.system?.cpus ?? null,
    prefix: null,
  });
}

export function readFixture(rule: string, kind: 'bad' | 'good'): Fixture {
  const text = readFileSync(resolve(FIXTURES, rule, `${kind}.conf`), 'utf8');
  const host = hostIn(text);
  const expected = text.split('\n').flatMap((line, i) => {
    const severity = /# finds (\w+)$/.exec(line)?.[1];
    return severity === undefined ? [] : [`${i + 1} ${severity}`];
  });
  const loadable = !/^# (unresolvable|version 1\.2[79])/m.test(text);
  return { text, settings: settingsIn(text, host), host, expected, loadable };
}
