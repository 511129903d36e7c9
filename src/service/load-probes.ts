/** Loads the sample kinds from `core/samples/` and the probes from `probe/probes/`. A new probe needs no list entry. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GapwatchError } from '../core/errors.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { MakeProbe } from '../probe/probe.ts';

const OWN = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const SAMPLES = new URL('../core/samples/', import.meta.url);
const PROBES = new URL('../probe/probes/', import.meta.url);

async function idsAndFiles(folder: URL): Promise<[string, Record<string, unknown>][]> {
  const files = readdirSync(fileURLToPath(folder)).filter((file) => file.endsWith(OWN) && !file.endsWith('.d.ts'));
  const ids = files.map((file) => file.slice(0, -OWN.length)).sort();
  return Promise.all(ids.map(async (id) => [id, await import(new URL(id + OWN, folder).href)]));
}

/** All sample kinds by id. Throws when a file exports no sample kind of its name. */
export async function loadSampleKinds(): Promise<SampleKind[]> {
  return (await idsAndFiles(SAMPLES)).map(([id, { sample }]) => {
    const kind = sample as SampleKind | undefined;
    if (kind?.id === id) return kind;
    throw new GapwatchError('INTERNAL', `core/samples/${id} does not export the sample of that name`);
  });
}

/**
 * The constructor of each probe by id. `access` has none, because the access log feeds it. Throws when a file exports
 * no probe of its name.
 */
export async function loadProbes(): Promise<MakeProbe[]> {
  return (await idsAndFiles(PROBES)).map(([id, { probe }]) => {
    const make = probe as MakeProbe | undefined;
    if (make?.sample.id === id) return make;
    throw new GapwatchError('INTERNAL', `probe/probes/${id} does not export the probe of that name`);
  });
}
