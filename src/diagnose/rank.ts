/**
 * Decides between causes that hold at once. A root wins over its consequences. The rest is ordered by harm, then
 * confidence, then `precedence`. Troubles of different upstream servers are independent: the one that fails more
 * requests wins. Equal input gives equal output; ties are decided by id.
 */
import { compareConfidence, compareSeverity } from '../core/diagnosis.ts';
import type { Cause, Confirmed } from './cause.ts';

export interface Judged {
  readonly cause: Cause;
  readonly judgement: Confirmed;
}

export interface Ranking {
  /** null when no cause holds. Notes do not count. */
  readonly winner: Judged | null;
  /** The other causes that hold, strongest first, notes last. */
  readonly also: readonly Judged[];
  /** Those of `also` that follow from the winner. Their harm counts as its harm. */
  readonly explained: readonly Judged[];
  /** Causes as weak and as harmful as the winner. With rivals the verdict is `cannot-tell`. */
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

/** A weak root does not displace a certain consequence. A symptom displaces nothing and yields to any cause. */
function strongEnough(root: Confirmed, consequence: Confirmed): boolean {
  if (root.symptomOnly === true) return false;
  return consequence.symptomOnly === true || compareConfidence(root.confidence, consequence.confidence) >= -1;
}

/** Both name their servers and share none, so neither explains the other. */
function aboutOthers({ failed: a }: Confirmed, { failed: b }: Confirmed): boolean {
  return a !== undefined && b !== undefined && ![...a.keys()].some((server) => b.has(server));
}

/** The factor of failed requests that makes one trouble the larger. Below it the order is kept. */
const LARGER = 1.25;

const failures = ({ failed }: Confirmed): number =>
  [...(failed?.values() ?? [])].reduce((sum, count) => sum + count, 0);

/** When an upstream trouble is first, puts the largest of the independent upstream troubles first. */
function largestFirst(roots: readonly Judged[]): readonly Judged[] {
  const first = roots[0]?.judgement;
  if (first?.failed === undefined) return roots;
  const rivals = roots.filter(
    ({ judgement }) =>
      judgement.confidence !== 'possible' &&
      judgement.severity === first.severity &&
      judgement.losing.now === first.losing.now &&
      aboutOthers(judgement, first) &&
      failures(judgement) >= LARGER * failures(first),
  );
  const largest = rivals.toSorted((a, b) => failures(b.judgement) - failures(a.judgement))[0];
  return largest === undefined ? roots : [largest, ...roots.filter((root) => root !== largest)];
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
  const explains = (root: Judged, judged: Judged) =>
    follows.get(root.cause.id)?.has(judged.cause.id) === true && !aboutOthers(root.judgement, judged.judgement);
  const explained = (judged: Judged) =>
    real.some(
      (root) =>
        root !== judged &&
        explains(root, judged) &&
        follows.get(judged.cause.id)?.has(root.cause.id) !== true &&
        strongEnough(root.judgement, judged.judgement),
    );
  const roots = largestFirst(real.filter((judged) => !explained(judged)).sort(order));
  const winner = roots[0] ?? null;
  const also = [...roots.slice(1), ...real.filter(explained).sort(order), ...notes];
  const rivals =
    winner?.judgement.confidence === 'possible' ? roots.slice(1).filter((rival) => rivalOf(rival, winner)) : [];
  return { winner, also, explained: winner === null ? [] : also.filter((judged) => explains(winner, judged)), rivals };
}

function rivalOf(rival: Judged, winner: Judged): boolean {
  return rival.judgement.confidence === 'possible' && rival.judgement.severity === winner.judgement.severity;
}

/** Relations between causes, used to decide whether two names mean one trouble. */
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
