/**
 * A fuzz target: what is drawn, and what must hold for each input. One file a target in `targets/`, found by scanning.
 * Inputs are plain JSON, so that a failing one can be kept as a file and read by people.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { assertLinear, type Repeated, repeated } from './growth.ts';

/** One input of the target, or a text that grows, for what takes texts. */
export type Case = { readonly input: unknown } | { readonly repeated: Repeated };

export interface Target {
  /** What is fed to what, in a few words. */
  readonly about: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Rejects when something does not hold. */
  check(drawn: Case): Promise<void>;
  /** Once in a process, before the first case. What it opens is no leak. */
  prepare?(): Promise<void>;
  /** For a service that runs on: so many descriptors more than after its preparation are no leak. */
  readonly mayHoldFiles?: number;
}

export interface TargetParts<Input> {
  readonly about: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws when something does not hold. */
  readonly check: (input: Input) => void | Promise<void>;
  /** For a target that takes texts: the input with this text in it. Its cost is then measured as the text grows. */
  readonly ofText?: (text: string) => Input;
  readonly prepare?: () => Promise<void>;
  readonly mayHoldFiles?: number;
}

/** One case in so many is a text that grows. */
const GROWTH_SHARE = 12;

export function defineTarget<Input>(parts: TargetParts<Input>): Target {
  const { about, inputs, check, ofText, prepare, mayHoldFiles } = parts;
  const single: fc.Arbitrary<Case> = inputs.map((input) => ({ input }));
  const growing: fc.Arbitrary<Case> = repeated.map((text) => ({ repeated: text }));
  return {
    about,
    cases:
      ofText === undefined
        ? single
        : fc.oneof({ weight: GROWTH_SHARE, arbitrary: single }, { weight: 1, arbitrary: growing }),
    async check(drawn) {
      // A case was drawn by this target, or kept for it.
      if ('input' in drawn) return check(drawn.input as Input);
      if (ofText !== undefined) await assertLinear(drawn.repeated, async (text) => check(ofText(text)));
    },
    ...(prepare === undefined ? {} : { prepare }),
    ...(mayHoldFiles === undefined ? {} : { mayHoldFiles }),
  };
}

const FOLDER = new URL('targets/', import.meta.url);

export function targetNames(): string[] {
  const files = readdirSync(fileURLToPath(FOLDER)).filter((file) => file.endsWith('.ts'));
  return files.map((file) => file.slice(0, -'.ts'.length)).sort();
}

export async function loadTarget(name: string): Promise<Target> {
  const { target } = (await import(new URL(`${name}.ts`, FOLDER).href)) as { target?: Target };
  if (target === undefined) throw new Error(`test/fuzz/targets/${name}.ts exports no target`);
  return target;
}
