import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByteTable } from '../../src/access/byte-table.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const key = fc.constantFrom(
  ...'abcdefghijklmnop'.split('').flatMap((letter) => [letter, `${letter}${letter}1`, `10.0.0.${letter}`]),
);
const step = fc.record({ key, replace: fc.option(fc.nat(7)) });

it('numbers keys like a map, also after replacements', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = createByteTable(8);
      const model: string[] = [];
      for (const { key: text, replace } of steps) {
        const bytes = encode(`<${text}>`);
        const known = model.indexOf(text);
        if (replace !== null && replace < model.length && known < 0) {
          table.replace(replace, bytes, 1, bytes.length - 1);
          model[replace] = text;
        } else {
          if (known < 0 && model.length < 8) model.push(text);
          expect(table.intern(bytes, 1, bytes.length - 1)).toBe(model.indexOf(text));
        }
      }
      expect(model.map((_, index) => table.text(index))).toEqual(model);
      expect(table.size).toBe(model.length);
    }),
    { numRuns: 300 },
  );
});

it('truncates long keys, and is empty after clearing', () => {
  const table = createByteTable(4);
  const long = encode('x'.repeat(500));
  expect(table.intern(long, 0, 500)).toBe(0);
  expect(table.text(0)).toBe('x'.repeat(96));
  table.clear();
  expect(table.size).toBe(0);
  expect(table.intern(encode('y'), 0, 1)).toBe(0);
});
