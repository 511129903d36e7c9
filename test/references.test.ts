/** Every document, section and repository file that a comment or a recording cites exists. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const TOP = resolve(import.meta.dirname, '..');
const FACTS = readFileSync(join(TOP, 'src/nginx/README.md'), 'utf8');

interface Citation {
  readonly file: string;
  readonly cited: string;
}

function textFiles(): readonly string[] {
  const files = execFileSync('git', ['ls-files', 'src', 'test', 'patterns', '.github', 'README.md'], { cwd: TOP });
  return files
    .toString()
    .split('\n')
    .filter((file) => /\.(ts|mjs|md|yml|yaml|json|sh)$/.test(file) && file !== 'test/references.test.ts');
}

function citations(pattern: RegExp): readonly Citation[] {
  return textFiles().flatMap((file) =>
    [...readFileSync(join(TOP, file), 'utf8').replaceAll('\\u00a7', '§').matchAll(pattern)].map((match) => ({
      file,
      cited: match[1] ?? '',
    })),
  );
}

/** `§4.14` is a heading; `§7.2` may also be the second item of the list under `§7`. */
function hasSection(section: string): boolean {
  const [chapter, item] = section.split('.');
  if (new RegExp(`^#+ §${section.replace('.', '\\.')} `, 'm').test(FACTS)) return true;
  const after = FACTS.split(new RegExp(`^## §${chapter} `, 'm'))[1]?.split(/^## /m)[0] ?? '';
  return item !== undefined && new RegExp(`^${item}\\. `, 'm').test(after);
}

/** From the top, from `src` or `test`, or beside the file that cites it. */
function exists({ file, cited }: Citation): boolean {
  return ['', 'src', 'test', '.github', dirname(file)].some((folder) => existsSync(join(TOP, folder, cited)));
}

describe('citations', () => {
  it('of the facts about nginx name a section that exists', () => {
    const found = citations(/nginx\/README\.md\s*(?:\*\s*)?§(\d+(?:\.\d+)?)/g);
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(({ cited }) => !hasSection(cited))).toEqual([]);
    expect(hasSection('8')).toBe(false);
  });

  it('of documents name one that is in the repository', () => {
    const found = citations(/(?<![\w./-])((?:[\w.-]+\/)*[A-Z][A-Z_]+\.md)\b/g);
    const missing = found.filter((citation) => !exists(citation));
    expect(missing).toEqual([]);
  });

  it('of source and test files name one that is there', () => {
    const found = citations(/`((?:[\w-]+\/)+[\w.-]+\.(?:ts|md|mjs))`/g);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((citation) => !exists(citation))).toEqual([]);
  });
});
