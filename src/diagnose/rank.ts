/**
 * Decides between causes that hold at once. A root goes before what follows from it; what remains is ordered by harm,
 * then certainty, then nearness to the root. Equal input gives equal output; ties end at the id.
 */
import { compareConfidence, compareSeverity } from '../core/diagnosis.ts';
import type { Cause, Confirmed } from './cause.ts';

export interface Judged {
  readonly cause: Cause;
  readonly judgement: Confirmed;
}

export interface Ranking {
  /** null when no cause (notes aside) holds. */
  readonly winner: Judged | null;
  /** The others that hold, strongest first, notes last. */
  readonly also: readonly Judged[];
  /** Those of `also` that follow from the winner: their harm is its harm. */
  readonly explained: readonly Judged[];
  /** Rivals as weak and as harmful as the winner: together they mean that it cannot be told. */
  readonly rivals: readonly Judged[];
}

/** Every cause that follows from `id`, directly or through others. */
export function consequencesOf(id: string, causes: ReadonlyMap<string, Cause>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const consequence of causes.get(next)?.consequences ?? []) {
      if (consequence === id || found.has(consequence)) continue;
      found.add(consequence);
      open.push(consequence);
    }
  }
  return found;
}

/** A guess does not displace a certainty; a state that asks for an explanation displaces nothing and yields to any. */
function strongEnough(root: Confirmed, consequence: Confirmed): boolean {
  if (root.symptomOnly === true) return false;
  return consequence.symptomOnly === true || compareConfidence(root.confidence, consequence.confidence) >= -1;
}

function order(a: Judged, b: Judged): number {
  const x = a.judgement;
  const y = b.judgement;
  return (
    compareSeverity(y.severity, x.severity) ||
    Number(y.losing.now) - Number(x.losing.now) ||
    Number(x.symptomOnly ?? false) - Number(y.symptomOnly ?? false) ||
    compareConfidence(y.confidence, x.confidence) ||
    a.cause.precedence - b.cause.precedence ||
    (a.cause.id < b.cause.id ? -1 : 1)
  );
}

export function rank(confirmed: readonly Judged[], causes: ReadonlyMap<string, Cause>): Ranking {
  const real = confirmed.filter(({ cause }) => cause.kind === 'cause');
  const notes = confirmed.filter(({ cause }) => cause.kind === 'note').sort(order);
  const follows = new Map(real.map(({ cause }) => [cause.id, consequencesOf(cause.id, causes)]));
  const explained = (judged: Judged) =>
    real.some(
      (root) =>
        root !== judged &&
        follows.get(root.cause.id)?.has(judged.cause.id) === true &&
        follows.get(judged.cause.id)?.has(root.cause.id) !== true &&
        strongEnough(root.judgement, judged.judgement),
    );
  const roots = real.filter((judged) => !explained(judged)).sort(order);
  const winner = roots[0] ?? null;
  const also = [...roots.slice(1), ...real.filter(explained).sort(order), ...notes];
  const rivals =
    winner?.judgement.confidence === 'possible' ? roots.slice(1).filter((rival) => rivalOf(rival, winner)) : [];
  const follow = winner === null ? undefined : follows.get(winner.cause.id);
  return { winner, also, explained: also.filter(({ cause }) => follow?.has(cause.id) === true), rivals };
}

function rivalOf(rival: Judged, winner: Judged): boolean {
  return rival.judgement.confidence === 'possible' && rival.judgement.severity === winner.judgement.severity;
}

/** How causes hang together, for whoever has to know whether two names speak of one trouble. */
export interface Relations {
  /** `consequence` follows from `root`. */
  follows(root: string, consequence: string): boolean;
  /** One follows from the other, or both lead to the same consequence. */
  related(a: string, b: string): boolean;
}

export function relations(causes: readonly Cause[]): Relations {
  const byId = new Map(causes.map((cause) => [cause.id, cause]));
  const consequences = new Map(causes.map(({ id }) => [id, consequencesOf(id, byId)]));
  const follows = (root: string, consequence: string) => consequences.get(root)?.has(consequence) === true;
  const shared = (a: string, b: string) => [...(consequences.get(a) ?? [])].some((id) => follows(b, id));
  return { follows, related: (a, b) => follows(a, b) || follows(b, a) || shared(a, b) };
}
