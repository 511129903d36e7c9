/**
 * Comments, sentences and test titles use the words of the glossary in src/README.md. A module is checked once it is
 * in `CLEAN`. Names of variables and text recorded from other programs are not checked.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** Folders under `src` and `test`. */
const CLEAN: readonly string[] = [
  // What runs, and what people see.
  'incident',
  'digest',
  'schedule',
  'service',
  'demo',
  'replay',
  'timeline',
  'slack',
  // What nginx and the host show, and what follows from it.
  'nginx',
  'checks',
  'findings',
  'tail',
  'match',
  'discovery',
  'probe',
  'files',
  'store',
  'access',
  'core',
  'config',
  'cli',
  'audit',
  'diagnose',
];

const BANNED: Readonly<Record<string, RegExp>> = {
  told: /\b(un)?told\b/i,
  tells: /\btells\b/i,
  stands: /\bstands\b/i,
  nobody: /\bnobody\b/i,
  whoever: /\bwhoever\b/i,
  'of its own': /\bof (its|their) own\b/i,
  'has to be said': /\bha(s|ve) to be said\b/i,
  'so many': /\bso many\b/i,
  'goes before': /\bgo(es)? before\b/i,
  'is seen': /\b(is|are) seen\b/i,
  'a look': /\b(a|the|each|every|one|two|this|first|last|next|between|all) looks?\b(?! like)/i,
  'behind (for after)': /\bbehind\b(?! (a|the|an?other|one|its) )/i,
};

interface Sentence {
  readonly line: number;
  readonly text: string;
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);
}

function isOf(path: string, module: string): boolean {
  return path.startsWith(`src/${module}/`) || path.startsWith(`test/${module}/`);
}

/** Comments by their lines: a block begins a line here, as Biome formats it. */
function commentsOf(text: string): Sentence[] {
  const found: { line: number; text: string }[] = [];
  let isInside = false;
  for (const [at, row] of text.split('\n').entries()) {
    const block = found.at(-1);
    if (isInside && block !== undefined) {
      // A sentence continues on the next line of its block.
      block.text += row.replace(/^\s*\*/, '');
    } else {
      const comment = /^\s*\/\*+(.*)|(?:^|\s)\/\/ (.*)/.exec(row);
      if (comment !== null) found.push({ line: at + 1, text: comment[1] ?? comment[2] ?? '' });
      isInside = comment?.[1] !== undefined;
    }
    if (row.includes('*/')) isInside = false;
  }
  return found;
}

const CODE_LINE = /^(?!\s*(\/\/|\/?\*))/;
const STRINGS = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
const TITLE = /^\s*(it|test|describe)\b|^\s*\][^'"`]*\)\(['"`]/;

/** In `src` every string of several words; in `test` only titles, because other strings there are input. */
function stringsOf(text: string, onlyTitles: boolean): Sentence[] {
  return text.split('\n').flatMap((row, at) => {
    if (!CODE_LINE.test(row) || (onlyTitles && !TITLE.test(row))) return [];
    return [...row.matchAll(STRINGS)]
      .filter(([found]) => found.includes(' '))
      .map(([found]) => ({ line: at + 1, text: found }));
  });
}

function faultsOf(path: string, text: string): string[] {
  return [...commentsOf(text), ...stringsOf(text, path.startsWith('test/'))].flatMap(({ line, text: sentence }) =>
    Object.entries(BANNED).flatMap(([phrase, pattern]) => {
      const at = sentence.search(pattern);
      return at < 0 ? [] : [`${path}:${line}: "${phrase}" in: ${sentence.slice(Math.max(0, at - 60), at + 60).trim()}`];
    }),
  );
}

const FILES = [...sourcesOf('src'), ...sourcesOf('test')];

it.each(CLEAN)('%s uses no banned phrase', (module) => {
  const files = FILES.filter((path) => isOf(path, module));
  expect(files).not.toEqual([]);
  expect(files.flatMap((path) => faultsOf(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});

it('finds a banned phrase in a comment, over two lines, in a message and in a title', () => {
  const text = '/** What is\n * seen. */\nlog.warn({ at }, `a reader ${at} of its own`);';
  expect(faultsOf('src/x.ts', text).map((fault) => fault.split(' in: ')[0])).toEqual([
    'src/x.ts:1: "is seen"',
    'src/x.ts:3: "of its own"',
  ]);
  expect(faultsOf('test/x.test.ts', "it.each([1])('is told', () => ask());")).toHaveLength(1);
});
