/** Judges whether a run really produced what its scenario promises, from nginx's own log and the ordinary client. */
import { readFileSync } from 'node:fs';
import { isLost } from './canary.ts';
import type { Outcome } from './http-request.ts';
import type { Lab } from './lab.ts';
import type { Proof } from './scenario.ts';

/** One sentence for each promise that does not hold yet; empty: proven. */
export function unproven(proof: Proof, lab: Lab, faultAt: number): string[] {
  const errorLog = readFileSync(lab.nginx.errorLog, 'utf8');
  const outcomes = lab.canary.tally(faultAt);
  const lost = (Object.keys(outcomes) as Outcome[]).some(isLost);
  const complaints = proof.check?.(lab) ?? [];
  const missing = (proof.errorLog ?? [])
    .filter((line) => !line.test(errorLog))
    .map((line) => `no error-log line matches ${line}`);
  complaints.push(...missing);
  for (const line of proof.notInErrorLog ?? []) {
    const found = line.exec(errorLog);
    if (found !== null) complaints.push(`the error log holds ${JSON.stringify(found[0])}`);
  }
  for (const outcome of proof.outcomes ?? []) {
    if (outcomes[outcome] === undefined) complaints.push(`no ordinary client saw ${outcome}`);
  }
  if (proof.loses === true && !lost) complaints.push('no ordinary client was lost');
  if (proof.loses === false && lost) complaints.push(`ordinary clients were lost: ${JSON.stringify(outcomes)}`);
  return complaints;
}
