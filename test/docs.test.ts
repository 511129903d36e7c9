import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documented, README, withSection } from './support/documented.ts';

const COMMANDS = resolve(import.meta.dirname, '../src/cli/commands');

describe('the README', () => {
  it('holds the config reference and the causes as the code has them (npm run docs)', async () => {
    expect(readFileSync(README, 'utf8')).toBe(await documented());
  });

  it('names every command, and no command that is not there', () => {
    const known = readdirSync(COMMANDS).map((file) => file.replace(/\.ts$/, ''));
    const table = readFileSync(README, 'utf8').matchAll(/^\| `gapwatch ([a-z]+)/gm);
    expect([...table].map((row) => row[1]).sort()).toEqual(known.sort());
  });

  it('is noticed when a section is missing', () => {
    expect(() => withSection('nothing', 'causes', 'x')).toThrow(/no section causes/);
  });
});
