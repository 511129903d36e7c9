/** What the service is made of, found as the service finds it. */
import type { ProbeId } from '../../src/core/sample.ts';
import type { Host } from '../../src/probe/host.ts';
import type { Probe } from '../../src/probe/probe.ts';
import { loadParts } from '../../src/service/load-parts.ts';

export const PARTS = await loadParts();
export const SAMPLE_KINDS = PARTS.sampleKinds;

export type Probes = { readonly [P in Exclude<ProbeId, 'access'>]: Probe<P> };

/** Every probe by its id. */
export function createProbes(host: Host): Probes {
  return Object.fromEntries(PARTS.probeMakers.map(({ sample, create }) => [sample.id, create(host)])) as Probes;
}
