/** Inputs that broke something once, one file each: `seeds/TARGET/NAME.json`. They are checked in every run. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Case } from './target.ts';

const SEEDS = resolve(import.meta.dirname, 'seeds');

export interface Kept {
  readonly file: string;
  readonly drawn: Case;
}

export function keptSeeds(target: string): readonly Kept[] {
  const folder = join(SEEDS, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const { because: _, ...drawn } = JSON.parse(readFileSync(file, 'utf8')) as Case & { because: string };
      return { file, drawn };
    });
}

/** As JSON in which everything unseen is written out. */
export function jsonOf(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/(?!\n)[\p{C}\p{Z}](?<! )/gu, (sign) =>
    sign.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Answers where it was written. */
export function keepSeed(target: string, drawn: Case, because: string): string {
  const text = `${jsonOf({ because, ...drawn }, 2)}\n`;
  const name = createHash('sha256').update(JSON.stringify(drawn)).digest('hex').slice(0, 12);
  const file = join(SEEDS, target, `${name}.json`);
  mkdirSync(join(SEEDS, target), { recursive: true });
  writeFileSync(file, text);
  return file;
}
