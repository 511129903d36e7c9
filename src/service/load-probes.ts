/**
 * Finds the probes: every file of `core/samples/` says what a probe sees, and every file of `probe/probes/` looks, so that
 * adding a probe touches no list.
 */
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

/** What there is to sample, by id. A file without a sample is a bug and throws. */
export async function loadSampleKinds(): Promise<SampleKind[]> {
  return (await idsAndFiles(SAMPLES)).map(([id, { sample }]) => {
    const kind = sample as SampleKind | undefined;
    if (kind?.id === id) return kind;
    throw new GapwatchError('INTERNAL', `core/samples/${id} does not export the sample of that name`);
  });
}

/** What makes each probe, by id; `access` has none: the access log feeds it. A file without a probe is a bug and throws. */
export async function loadProbes(): Promise<MakeProbe[]> {
  return (await idsAndFiles(PROBES)).map(([id, { probe }]) => {
    const make = probe as MakeProbe | undefined;
    if (make?.sample.id === id) return make;
    throw new GapwatchError('INTERNAL', `probe/probes/${id} does not export the probe of that name`);
  });
}
