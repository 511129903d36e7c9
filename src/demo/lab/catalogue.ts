/** Finds the scenarios: every file of `scenarios/` exports one as `scenario`. There is no list to forget. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GapwatchError } from '../../core/errors.ts';
import type { Scenario } from './scenario.ts';

const FOLDER = new URL('./scenarios/', import.meta.url);
const OWN_EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Ids of all scenarios, sorted. */
export function scenarioIds(): string[] {
  return readdirSync(fileURLToPath(FOLDER))
    .filter((file) => file.endsWith(OWN_EXTENSION) && !file.endsWith(`.d${OWN_EXTENSION}`))
    .map((file) => file.slice(0, -OWN_EXTENSION.length))
    .sort();
}

/** @throws GapwatchError USAGE for an unknown id, naming near ones. */
export async function loadScenario(id: string): Promise<Scenario> {
  const ids = scenarioIds();
  if (!ids.includes(id)) {
    const near = ids.filter((known) => known.includes(id) || id.includes(known));
    throw new GapwatchError('USAGE', `there is no scenario ${JSON.stringify(id)}`, {
      hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'gapwatch demo --list names them all.',
    });
  }
  const module = (await import(new URL(`${id}${OWN_EXTENSION}`, FOLDER).href)) as { scenario: Scenario };
  return module.scenario;
}

/** Every scenario, by id. */
export function loadScenarios(): Promise<Scenario[]> {
  return Promise.all(scenarioIds().map(loadScenario));
}
