/** Real texts of this repository to begin from: what the scenarios recorded, the fixtures, the examples of the patterns. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readBuiltInPatterns } from '../../src/match/built-in-patterns.ts';

const TESTS = resolve(import.meta.dirname, '..');
/** Longer ones are cut: more of the same finds no more. */
const MOST_CHARS = 12_000;

function textsBelow(folder: string, fits: (name: string) => boolean): string[] {
  return readdirSync(resolve(TESTS, folder), { recursive: true, encoding: 'utf8' })
    .filter(fits)
    .sort()
    .map((name) => readFileSync(resolve(TESTS, folder, name), 'utf8'))
    .filter((text) => text !== '')
    .map((text) => text.slice(0, MOST_CHARS));
}

const inScenarios = (name: string) => (): string[] => textsBelow('scenarios', (path) => path.endsWith(`/${name}`));

/** The first lines of a log say as much as the whole. */
function beginnings(texts: readonly string[], lines: number): string[] {
  return texts.map((text) => `${text.split('\n').slice(0, lines).join('\n')}\n`);
}

export const errorLogs = (): string[] => [
  ...beginnings(inScenarios('error.log')(), 8),
  ...readBuiltInPatterns().flatMap(({ pattern }) =>
    [pattern.hits, pattern.misses].map((lines) => `${lines.join('\n')}\n`),
  ),
];

export const accessLogs = (): string[] => beginnings(inScenarios('access.log')(), 8);

export const configs = (): string[] => [
  ...inScenarios('nginx.conf')(),
  ...textsBelow('nginx/fixtures', () => true),
  ...textsBelow('audit', (path) => path.endsWith('.conf')),
];

export const recordings = (name: 'stub_status.ndjson' | 'samples.ndjson' | 'facts.json') =>
  beginnings(inScenarios(name)(), 6);
