/** Which of two diagnoses of one recording tells more. Of a cascade that is its root, whenever it was seen. */
import { CONFIDENCES, type Diagnosis, SEVERITIES } from '../core/diagnosis.ts';
import type { Relations } from '../diagnose/rank.ts';

/** A loss that cannot be explained says more than health; not having seen enough says less. */
function verdictWeight({ verdict, severity }: Diagnosis): number {
  if (verdict === 'named') return 3;
  if (verdict === 'healthy') return 1;
  return severity === 'info' ? 0 : 2;
}

/** Its verdict, then gravity, loss, certainty. */
function weight(diagnosis: Diagnosis): number {
  const { severity, losing, confidence } = diagnosis;
  const parts = [
    verdictWeight(diagnosis),
    SEVERITIES.indexOf(severity),
    Number(losing.now),
    CONFIDENCES.indexOf(confidence),
  ];
  return parts.reduce((sum, part) => sum * 4 + part, 0);
}

/** The later one of two that weigh the same: it rests on more. */
export function createMoreTelling({ follows }: Relations): (best: Diagnosis | null, next: Diagnosis) => Diagnosis {
  return (best, next) => {
    if (best === null) return next;
    if (best.cause !== null && next.cause !== null && best.severity === next.severity) {
      if (best.confidence !== 'possible' && follows(best.cause, next.cause)) return best;
      if (best.cause === next.cause) return next.losing.total >= best.losing.total ? next : best;
      if (next.confidence !== 'possible' && follows(next.cause, best.cause)) return next;
    }
    return weight(next) >= weight(best) ? next : best;
  };
}
