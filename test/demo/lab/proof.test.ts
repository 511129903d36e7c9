/** Tests the judge: each kind of promise is reported when it is broken, and only then. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../../src/demo/lab/lab.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { NginxProcess } from '../../../src/demo/lab/nginx-process.ts';
import type { Proof } from '../../../src/demo/lab/scenario.ts';
import { unproven } from './proof.ts';

const FAULT_AT = 1000;
let lab: Lab;

beforeAll(async () => {
  const nginx = await NginxProcess.create(await findNginxBinary(process.env.PATH ?? ''));
  lab = new Lab(nginx);
  writeFileSync(nginx.errorLog, 'a [warn] b\n');
  writeFileSync(`${nginx.errorLog}.1`, 'an older line\n');
  writeFileSync(nginx.accessLog, '"GET / HTTP/1.1" 200\n');
  const before = { startedAt: 0, endedAt: 500, outcome: 'reset', status: null } as const;
  lab.canary.results.push(before, { startedAt: 1000, endedAt: 1500, outcome: 'ok', status: 200 });
});
afterAll(() => lab.close());

const KEPT: readonly Proof[] = [
  { errorLog: [/\[warn\]/] },
  { notInErrorLog: [/\[alert\]/] },
  { rotatedErrorLog: [/older/] },
  { accessLog: [/ 200$/m] },
  { outcomes: ['ok'] },
  { loses: false },
  { holds: 0 },
  { check: () => [] },
];

const BROKEN: readonly [proof: Proof, complaint: string][] = [
  [{ errorLog: [/\[warn\]/, /\[alert\]/] }, 'no error-log line matches /\\[alert\\]/'],
  [{ notInErrorLog: [/\[w\w+/] }, 'the error log holds "[warn"'],
  [{ rotatedErrorLog: [/b$/m] }, 'no rotated error-log line matches /b$/m'],
  [{ accessLog: [/ 499$/m] }, 'no access-log line matches / 499$/m'],
  // Outcomes before the fault do not count.
  [{ outcomes: ['ok', 'reset'] }, 'no ordinary client saw reset'],
  [{ loses: true }, 'no ordinary client was lost'],
  [{ holds: 1 }, 'only 0 connections are held, not 1'],
  [{ check: () => ['it rains'] }, 'it rains'],
];

describe('a promise', () => {
  it.each(KEPT)('is kept: %j', (proof) => {
    expect(unproven(proof, lab, FAULT_AT)).toEqual([]);
  });

  it.each(BROKEN)('is broken: %j', (proof, complaint) => {
    expect(unproven(proof, lab, FAULT_AT)).toEqual([complaint]);
  });

  it('to lose no client is broken by one loss', () => {
    expect(unproven({ loses: false }, lab, 0)).toEqual(['ordinary clients were lost: {"reset":1,"ok":1}']);
  });
});
