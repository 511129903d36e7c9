/** Judges whether a run produced what its scenario promises, from nginx's logs and the clients. */
import { existsSync, readFileSync } from 'node:fs';
import { isLost } from '../../../src/demo/lab/canary.ts';
import type { Outcome } from '../../../src/demo/lab/http-request.ts';
import type { Lab } from '../../../src/demo/lab/lab.ts';
import type { Proof } from '../../../src/demo/lab/scenario.ts';

/** One sentence for each promise that does not hold yet; empty when all hold. */
export function unproven(proof: Proof, lab: Lab, faultAt: number): string[] {
  const { errorLog, accessLog } = lab.nginx;
  const complaints = [
    ...(proof.check?.(lab) ?? []),
    ...missing('error-log', errorLog, proof.errorLog),
    ...missing('rotated error-log', `${errorLog}.1`, proof.rotatedErrorLog),
    ...missing('access-log', accessLog, proof.accessLog),
    ...forbidden(errorLog, proof.notInErrorLog),
    ...unmet(proof, lab.canary.tally(faultAt)),
  ];
  const held = lab.connectionsHeld;
  if (held < (proof.holds ?? 0)) complaints.push(`only ${held} connections are held, not ${proof.holds}`);
  return complaints;
}

function missing(what: string, file: string, lines: readonly RegExp[] = []): string[] {
  // A missing log has no lines.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return lines.filter((line) => !line.test(text)).map((line) => `no ${what} line matches ${line}`);
}

function forbidden(file: string, lines: readonly RegExp[] = []): string[] {
  const text = readFileSync(file, 'utf8');
  return lines.flatMap((line) => {
    const found = line.exec(text);
    return found === null ? [] : [`the error log holds ${JSON.stringify(found[0])}`];
  });
}

/** Expected outcomes of the ordinary clients that did not occur. */
function unmet({ outcomes = [], loses }: Proof, seen: Readonly<Partial<Record<Outcome, number>>>): string[] {
  const lost = (Object.keys(seen) as Outcome[]).some(isLost);
  return [
    ...outcomes.filter((outcome) => seen[outcome] === undefined).map((outcome) => `no ordinary client saw ${outcome}`),
    ...(loses === true && !lost ? ['no ordinary client was lost'] : []),
    ...(loses === false && lost ? [`ordinary clients were lost: ${JSON.stringify(seen)}`] : []),
  ];
}
