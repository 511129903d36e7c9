/** A violated rule in Slack's words: `no more than 25 items allowed [json-pointer:/blocks/1/elements]`. */
import type { z } from 'zod';

export interface BlockProblem {
  /** JSON pointer, `/blocks/1/elements`. */
  readonly pointer: string;
  readonly text: string;
  /** Slack's error name when it is not `invalid_blocks`. */
  readonly error?: string;
}

type Issue = z.core.$ZodIssue;

function pointerTo(base: string, path: readonly PropertyKey[]): string {
  return [base, ...path.map(String)].join('/');
}

function tooBig(issue: Extract<Issue, { code: 'too_big' }>): string {
  if (issue.origin === 'string') return `must be less than ${Number(issue.maximum) + 1} characters`;
  if (issue.origin === 'array') return `no more than ${issue.maximum} items allowed`;
  return `must be at most ${issue.maximum}`;
}

function tooSmall(issue: Extract<Issue, { code: 'too_small' }>): string {
  if (issue.origin === 'string') return `must be more than ${Number(issue.minimum) - 1} characters`;
  if (issue.origin === 'array') return `no fewer than ${issue.minimum} items allowed`;
  return `must be at least ${issue.minimum}`;
}

/** One problem for each issue. Names a missing property instead of printing `undefined`. */
export function problemOf(issue: Issue, base: string, at: unknown): BlockProblem {
  const pointer = pointerTo(base, issue.path);
  switch (issue.code) {
    case 'too_big':
      return { pointer, text: tooBig(issue) };
    case 'too_small':
      return { pointer, text: tooSmall(issue) };
    case 'unrecognized_keys':
      return { pointer, text: `invalid additional property: ${issue.keys.join(', ')}` };
    case 'invalid_type':
      if (at === undefined) {
        const name = String(issue.path.at(-1) ?? '');
        return { pointer: pointerTo(base, issue.path.slice(0, -1)), text: `missing required field: ${name}` };
      }
      return { pointer, text: `must provide a ${issue.expected}` };
    case 'invalid_union':
      return { pointer, text: `unsupported type: ${String(at)}` };
    case 'invalid_value':
      return { pointer, text: `must be a valid enum value: ${issue.values.map(String).join(', ')}` };
    default:
      return { pointer, text: issue.message };
  }
}
