/**
 * Validates a cron expression: five fields of `*`, numbers, names, ranges, steps and lists. It refuses seconds, L, W and
 * #, so node-cron accepts every expression that passes.
 */

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const FIELDS: readonly Field[] = [
  { name: 'minute', first: 0, last: 59, names: [] },
  { name: 'hour', first: 0, last: 23, names: [] },
  { name: 'day of month', first: 1, last: 31, names: [] },
  { name: 'month', first: 1, last: 12, names: ['', ...MONTHS] },
  { name: 'day of week', first: 0, last: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

function numberOf(text: string, { first, last, names }: Field): number | null {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : names.indexOf(text.toLowerCase());
  return value >= first && value <= last ? value : null;
}

function partFits(part: string, field: Field): boolean {
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
  if (range === '*') return true;
  const [from = '', to, ...rest] = range.split('-');
  const low = numberOf(from, field);
  if (rest.length > 0 || low === null) return false;
  // A step is valid only with a range.
  if (to === undefined) return step === undefined;
  const high = numberOf(to, field);
  return high !== null && low <= high;
}

/** The problem in one sentence; null when the expression is valid. */
export function cronProblem(expression: string): string | null {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return `${JSON.stringify(expression)} has ${parts.length} fields; a cron expression has 5: minute hour day month weekday`;
  }
  const wrong = FIELDS.find((field, index) => !(parts[index] ?? '').split(',').every((part) => partFits(part, field)));
  if (wrong === undefined) return null;
  return `${JSON.stringify(expression)}: the ${wrong.name} is invalid; write values from ${wrong.first} to ${wrong.last}`;
}
