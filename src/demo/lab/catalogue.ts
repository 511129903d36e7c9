/**
 * Loads the scenarios: every file of `scenarios/` exports the `scenario` of its name and may export `variants`. A new
 * scenario needs no list entry.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GapwatchError } from '../../core/errors.ts';
import type { Scenario } from './scenario.ts';

const FOLDER = new URL('./scenarios/', import.meta.url);
const OWN_EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

function files(): string[] {
  return readdirSync(fileURLToPath(FOLDER))
    .filter((file) => file.endsWith(OWN_EXTENSION) && !file.endsWith(`.d${OWN_EXTENSION}`))
    .map((file) => file.slice(0, -OWN_EXTENSION.length))
    .sort();
}

async function scenariosOf(file: string): Promise<Scenario[]> {
  const module = (await import(new URL(file + OWN_EXTENSION, FOLDER).href)) as {
    scenario?: Scenario;
    variants?: readonly Scenario[];
  };
  const { scenario, variants = [] } = module;
  if (scenario?.id !== file || !variants.every(({ id }) => id.startsWith(`${file}-`))) {
    throw new GapwatchError('INTERNAL', `demo/lab/scenarios/${file} does not export the scenarios of that name`);
  }
  return [scenario, ...variants];
}

/** Every scenario, by id. */
export async function loadScenarios(): Promise<Scenario[]> {
  const all = (await Promise.all(files().map(scenariosOf))).flat();
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws GapwatchError USAGE for an unknown id, with similar ones. */
export async function loadScenario(id: string): Promise<Scenario> {
  const scenarios = await loadScenarios();
  const found = scenarios.find((scenario) => scenario.id === id);
  if (found !== undefined) return found;
  const near = scenarios.map((known) => known.id).filter((known) => known.includes(id) || id.includes(known));
  throw new GapwatchError('USAGE', `there is no scenario ${JSON.stringify(id)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'gapwatch demo --list names them all.',
  });
}
