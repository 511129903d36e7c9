import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as patterns from '../../src/checks/log-patterns.ts';

const FOLDER = new URL('../../patterns/', import.meta.url);

describe('the patterns that checks read', () => {
  it('are all in the catalogue', () => {
    const ids = Object.values(patterns).flatMap((value) => (value instanceof RegExp ? [] : value));
    expect(ids.length).toBeGreaterThan(30);
    expect(ids.filter((id) => !existsSync(new URL(`${id}.yml`, FOLDER)))).toEqual([]);
  });

  it('never call a loss harmless', () => {
    expect(patterns.LOSS.filter((id) => patterns.HARMLESS.test(id))).toEqual([]);
    expect(readdirSync(FOLDER).some((file) => patterns.HARMLESS.test(file))).toBe(true);
  });
});
