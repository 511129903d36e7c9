import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_IN_PATTERNS, loadCatalogue } from '../../../src/match/catalogue.ts';
import { createMatcher } from '../../../src/match/matcher.ts';
import { errorLogs } from '../corpora.ts';
import { assert, assertShort, refusalOf } from '../invariants.ts';
import { bytesOf, mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';
import { YAML_WORDS } from '../yaml-words.ts';

const PATTERNS = readdirSync(BUILT_IN_PATTERNS)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => readFileSync(join(BUILT_IN_PATTERNS, name), 'utf8'));
const LOG = Buffer.from(errorLogs().slice(0, 20).join(''));
const EXPRESSIONS = [
  '(a+)+$',
  '(?:x{0,256}){0,256}',
  '[^a]',
  '(?=a)',
  '\\1',
  '(?<a>.)(?<a>.)',
  '.*',
  '((((',
  'a{257}',
  '[z-a]',
  '\\x{110000}',
  '(?<__proto__>a)',
  '|',
  '(?:a|b|)*',
  '\\b',
];

interface Input {
  readonly text: string;
}

/** A catalogue that is taken is used: no line matches outside its bounds, and captures are plain texts. */
function use(folder: string): void {
  const matcher = createMatcher(loadCatalogue([folder]));
  const lines = Buffer.concat([LOG, bytesOf('x'.repeat(2_000)), Buffer.from('\n')]);
  matcher.scan(lines, (pattern, start, end) => {
    assert(start >= 0 && start <= end && end <= lines.length, `a line from ${start} to ${end}`);
    const captures = matcher.captures(pattern, lines.subarray(start, end));
    assert(
      Object.values(captures).every((value) => typeof value === 'string'),
      'a capture is no text',
    );
  });
}

export const target = defineTarget<Input>({
  about: 'a pattern file of the user → YAML → catalogue → matcher, or a refusal that names the file',
  inputs: mutated(PATTERNS, { tokens: [...TOKENS, ...YAML_WORDS, ...EXPRESSIONS] }).map((text) => ({ text })),
  ofText: (text) => ({ text: `id: a-b\nmeans: ${text}\n` }),
  check({ text }) {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-fuzz-patterns-'));
    try {
      const id = /^id: ([a-z0-9-]{1,60})$/m.exec(text)?.[1] ?? 'own';
      writeFileSync(join(folder, `${id}.yml`), bytesOf(text), { mode: 0o600 });
      const refusal = refusalOf(() => use(folder));
      if (refusal === null) return;
      assert(refusal.code === 'CONFIG', `refused as ${refusal.code}`);
      assert(refusal.message.includes(`${id}.yml`), `the refusal names no file: ${refusal.message.slice(0, 200)}`);
      assertShort(refusal.message, 20_000, 'the refusal');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
