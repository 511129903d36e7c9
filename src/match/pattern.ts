/** One pattern family of the catalogue, as its YAML file in `patterns/` states it. patterns/README.md explains it to people. */
import { z } from 'zod';
import { type Meaning, type Meanings, PATTERN_ROLES, type PatternRole } from '../core/meaning.ts';
import { LOG_LEVELS } from '../core/signal.ts';

const GROUP = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);

export const patternSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    .describe('Kebab-case; the same as the file name without `.yml`.'),
  means: z.string().min(10).describe('What nginx (or the kernel) says with it, one sentence.'),
  role: z
    .enum(PATTERN_ROLES)
    .optional()
    .describe(
      '`loss`: each line is a client turned away, or a worker lost. `trouble`: something is wrong. `everyday`: part of a quiet day. Default: `trouble`, or `everyday` when all its `levels` are milder than error.',
    ),
  group: z
    .union([GROUP.transform((group) => [group]), z.array(GROUP)])
    .default([])
    .describe(
      'What it means together with other patterns, one word or a list. Causes and checks read a group, or the id.',
    ),
  from: z
    .enum(['nginx', 'system'])
    .default('nginx')
    .describe(
      'Who writes the line. `system`: the kernel (`kernel: `, a time stamp in brackets), systemd (`systemd[1]: `) or a Kubernetes controller (klog).',
    ),
  levels: z
    .array(z.enum(LOG_LEVELS))
    .min(1)
    .optional()
    .describe('Levels the line may have; a line that names no level always may. Default: all but debug.'),
  bare: z
    .boolean()
    .default(true)
    .describe('Whether a line that names no level may match; false for a pattern that begins with anything.'),
  match: z
    .string()
    .min(1)
    .describe('Regular expression for the beginning of the message, right after `[level] pid#tid: *cid `.'),
  not: z
    .array(z.string().min(1))
    .default([])
    .describe('Regular expressions for what must not follow right after `match`.'),
  hits: z.array(z.string().min(1)).min(1).describe('Lines that match this pattern and no other.'),
  misses: z
    .array(z.string().min(1))
    .min(1)
    .describe('Near-misses: lines that look alike and do not match this pattern.'),
  refs: z.array(z.string().min(1)).min(1).describe('Where the fact comes from: source file and function, or a report.'),
});

export type Pattern = z.infer<typeof patternSchema>;

/** A pattern and where it was read from. */
export interface PatternFile {
  readonly file: string;
  readonly pattern: Pattern;
  /** Line of a key, `match` or `not.0`; absent when the reader keeps no lines. */
  readonly lineOf?: (key: string) => number;
}

const ERROR = LOG_LEVELS.indexOf('error');

function defaultRole({ levels }: Pattern): PatternRole {
  const isMild = levels?.every((level) => LOG_LEVELS.indexOf(level) < ERROR) === true;
  return isMild ? 'everyday' : 'trouble';
}

export function meaningOf(pattern: Pattern): Meaning {
  return { role: pattern.role ?? defaultRole(pattern), groups: [pattern.id, ...pattern.group] };
}

export function meaningsOf(patterns: readonly { readonly pattern: Pattern }[]): Meanings {
  return new Map(patterns.map(({ pattern }) => [pattern.id, meaningOf(pattern)]));
}
