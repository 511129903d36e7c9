import { closeSync, openSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withSpare } from '../../src/files/spare.ts';

const NONE_LEFT = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });

describe('the spare descriptors', () => {
  it('are free while a call is repeated that found none', () => {
    withSpare(() => null);
    const next = (): number => {
      const fd = openSync('/dev/null', 'r');
      closeSync(fd);
      return fd;
    };
    const before = next();
    let calls = 0;
    const during = withSpare(() => {
      calls += 1;
      if (calls === 1) throw NONE_LEFT;
      return next();
    });
    expect(calls).toBe(2);
    expect(during).toBeLessThan(before);
    expect(next()).toBe(before);
  });

  it('stay where another error says that they would not help', () => {
    let calls = 0;
    const read = () => {
      calls += 1;
      return readFileSync('/nowhere');
    };
    expect(() => withSpare(read)).toThrow(/ENOENT/);
    expect(calls).toBe(1);
  });
});
