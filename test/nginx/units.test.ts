import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCount, parseFlag, parseSizeBytes, parseTimeMs } from '../../src/nginx/units.ts';
import { NginxCheck } from './nginx-check.ts';

const nginx = new NginxCheck();
afterAll(() => nginx.remove());

const http = (directive: string) => `events {}\nhttp { ${directive} }\n`;
const number = fc.integer({ min: 0, max: 9999 }).map(String);
const timeText = fc
  .array(fc.oneof(number, fc.constantFrom('y', 'M', 'w', 'd', 'h', 'm', 's', 'ms', ' ', 'x')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

describe('times', () => {
  it.each([
    ['1m30s', 90_000],
    ['65', 65_000],
    ['500ms', 500],
    ['1h 5m', 3_900_000],
    ['1d12h', 129_600_000],
    ['0', 0],
    ['1s500ms', 1500],
    ['2m 30', 150_000],
  ])('reads %s', (text, ms) => {
    expect(parseTimeMs(text)).toBe(ms);
  });

  it.each(['', 's', '30s1m', '1.5s', '-1', '1y', '1M', '5 s'])('refuses %j', (text) => {
    expect(parseTimeMs(text)).toBeNull();
  });

  it('knows years and months but no milliseconds where nginx counts seconds', () => {
    expect([parseTimeMs('1y', 's'), parseTimeMs('1M1d', 's'), parseTimeMs('5ms', 's')]).toEqual([
      31_536_000_000,
      2_678_400_000,
      null,
    ]);
  });

  it.each([
    ['ms', 'client_body_timeout'],
    ['s', 'open_file_cache_valid'],
  ] as const)('agree with nginx -t on what is valid in %s', { timeout: 60_000 }, async (precision, directive) => {
    await fc.assert(
      fc.asyncProperty(timeText, async (text) => {
        // Beyond 2^53 ms, 285,000 years, we stop before nginx does.
        fc.pre(!/\d{6}/.test(text));
        const verdict = await nginx.test(http(`${directive} "${text}";`));
        expect(parseTimeMs(text, precision) !== null, `${text}: ${verdict.message}`).toBe(verdict.valid);
      }),
      { numRuns: 120, seed: 7 },
    );
  });
});

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['10k', 10_240],
    ['1M', 1_048_576],
    ['2g', 2_147_483_648],
    ['1t', null],
    ['', null],
    ['k', null],
  ])('reads %j', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it('agree with nginx -t on what is valid', { timeout: 60_000 }, async () => {
    const sizeText = fc
      .tuple(fc.oneof(number, fc.constant('')), fc.constantFrom('', 'k', 'K', 'm', 'M', 'g', 'G', 'b', ' '))
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(sizeText, async (text) => {
        const verdict = await nginx.test(http(`client_max_body_size "${text}";`));
        expect(parseSizeBytes(text) !== null, `${text}: ${verdict.message}`).toBe(verdict.valid);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

it('flags and counts are nothing else than nginx takes', () => {
  expect(['on', 'OFF', 'yes', ''].map(parseFlag)).toEqual([true, false, null, null]);
  expect(['0', '512', '-1', '1k', ''].map(parseCount)).toEqual([0, 512, null, null, null]);
});
