/** Loads the causes, checks, probes and sample kinds of the service from their folders. There are no lists of them. */
import type { Check } from '../checks/answer.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { Cause } from '../diagnose/cause.ts';
import type { MakeProbe } from '../probe/probe.ts';
import { loadCauses } from './load-causes.ts';
import { loadChecks } from './load-checks.ts';
import { loadProbes, loadSampleKinds } from './load-probes.ts';

export interface Parts {
  readonly causes: readonly Cause[];
  readonly checks: readonly Check[];
  readonly sampleKinds: readonly SampleKind[];
  readonly probeMakers: readonly MakeProbe[];
}

export async function loadParts(): Promise<Parts> {
  const [causes, checks, sampleKinds, probeMakers] = await Promise.all([
    loadCauses(),
    loadChecks(),
    loadSampleKinds(),
    loadProbes(),
  ]);
  return { causes, checks, sampleKinds, probeMakers };
}
