/**
 * Chooses the more informative of two diagnoses of one recording. Prefers the root cause of a cascade, at any time of
 * the recording.
 */
import { CONFIDENCES, type Diagnosis, SEVERITIES } from '../core/diagnosis.ts';
import type { Relations } from '../diagnose/rank.ts';

/** An unexplained loss is more informative than health, and missing evidence is less. */
function verdictWeight({ verdict, severity }: Diagnosis): number {
  if (verdict === 'named') return 3;
  if (verdict === 'healthy') return 1;
  return severity === 'info' ? 0 : 2;
}

/** By verdict, then severity, loss and confidence. */
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

/** Of two equal diagnoses the later one, because it has more evidence. */
export function createBetterDiagnosis({ follows }: Relations): (best: Diagnosis | null, next: Diagnosis) => Diagnosis {
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
