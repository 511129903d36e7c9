/** Limits count work, not time: a larger text ends at the same line, and costs no more. */
import { describe, expect, it } from 'vitest';
import { CONFIG_LIMITS, type ConfigLimits } from '../../src/nginx/config-budget.ts';
import { allNodes, type ConfigReader, parseConfig, parseDump } from '../../src/nginx/config-tree.ts';
import { globTest } from '../../src/nginx/glob.ts';

/** Files by their paths, with what was asked of them. */
function disk(files: Readonly<Record<string, string>>): ConfigReader & { reads: number; compared: number } {
  const reader = {
    reads: 0,
    compared: 0,
    read(path: string) {
      reader.reads += 1;
      const text = files[path];
      return text === undefined ? { failure: 'No such file or directory' } : { text };
    },
    glob(pattern: string) {
      const names = Object.keys(files);
      reader.compared += names.length;
      return { files: names.filter(globTest(pattern)).sort(), compared: names.length };
    },
  };
  return reader;
}

const limited = (limits: Partial<ConfigLimits>): ConfigLimits => ({ ...CONFIG_LIMITS, ...limits });

describe('a configuration beyond a limit', () => {
  it('of words is read up to there, and the place is said', () => {
    const tree = parseConfig('/c', disk({ '/c': 'a 1;\nb 2;\nc 3;\nd 4;\n' }), limited({ words: 5 }));
    expect(tree.nodes.map(({ name, args }) => [name, ...args])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    const message =
      'more than 5 words are in it: the rest of the configuration is not read (limit: nginx.configLimits.words in gapwatch.yml)';
    expect(tree.problems).toEqual([{ file: '/c', line: 3, message }]);
    expect(tree.cut).toBe(tree.problems[0]);
  });

  it('inside blocks says nothing of braces that were not read', () => {
    const tree = parseConfig(
      '/c',
      disk({ '/c': 'http {\nserver {\nlisten 1;\nlisten 2;\n}\n}\n' }),
      limited({ words: 4 }),
    );
    expect(allNodes(tree.nodes).map(({ name }) => name)).toEqual(['http', 'server', 'listen']);
    expect(tree.problems).toEqual([tree.cut]);
    expect(tree.cut?.line).toBe(4);
  });

  it('of characters is read up to there', () => {
    const tree = parseConfig('/c', disk({ '/c': 'a 1;\nb 2;\nc 3;\n' }), limited({ characters: 8 }));
    expect(tree.nodes.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(tree.problems).toEqual([tree.cut]);
    expect(tree.cut).toMatchObject({ line: 3, message: expect.stringMatching(/^more than 8 characters/) });
  });

  it('of a reader that gives the beginning of a file has no half directives', () => {
    const text = 'a 1;\nb {\nc 2;\nworker_connections 10';
    const tree = parseConfig('/c', { ...disk({}), read: () => ({ text, isCut: true }) });
    expect(allNodes(tree.nodes).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(tree.problems).toEqual([tree.cut]);
    expect(tree.cut?.line).toBe(4);
  });

  it('reports one limit, regardless of the text after it', () => {
    const tree = parseConfig('/c', disk({ '/c': `${'a;\n'.repeat(10)}${'}'.repeat(100)}` }), limited({ words: 3 }));
    expect(tree.problems).toEqual([tree.cut]);
  });

  it('lists the first thousand faults', () => {
    expect(parseConfig('/c', disk({ '/c': '}'.repeat(5000) })).problems).toHaveLength(1000);
  });
});

describe('includes', () => {
  it('that double at each depth are opened as often as is allowed', () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`/${i}`, `include /${i + 1}; include /${i + 1};`]),
    );
    const reader = disk({ ...files, '/30': 'x 1;' });
    const tree = parseConfig('/0', reader);
    expect(reader.reads).toBeLessThanOrEqual(CONFIG_LIMITS.files);
    expect(tree.cut?.message).toMatch(/^more than 20000 files are included/);
    expect(tree.cut?.file).toMatch(/^\/\d+$/);
    expect(allNodes(tree.nodes).some(({ name }) => name === 'x')).toBe(true);
  });

  it('of themselves through patterns come to an end', () => {
    const reader = disk({ '/a': 'include /*; include /*;', '/b': 'include /*; include /*;' });
    const tree = parseConfig('/a', reader);
    expect(reader.reads).toBeLessThanOrEqual(CONFIG_LIMITS.files);
    expect(tree.cut).not.toBeNull();
  });

  it('of one pattern are looked up once', () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`/x/${i}`, 'a 1;']));
    const reader = disk({ ...files, '/c': 'include /x/*;\n'.repeat(50) });
    parseConfig('/c', reader);
    expect(reader.compared).toBe(101);
  });

  it('of many patterns compare as many names as is allowed', () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`/x/${i}`, 'a 1;']));
    const patterns = Array.from({ length: 1000 }, (_, i) => `include /y${i}/*;\n`).join('');
    const reader = disk({ ...files, '/c': patterns });
    const tree = parseConfig('/c', reader, limited({ names: 5000 }));
    expect(reader.compared).toBeLessThanOrEqual(5200);
    expect(tree.cut?.message).toMatch(/^more than 5000 names are compared/);
  });
});

it('takes no more files of a dump than may be included', () => {
  const dump = Array.from({ length: 1000 }, (_, i) => `# configuration file /f${i}:\na${i} 1;\n\n`).join('');
  const tree = parseDump(`# configuration file /main:\ninclude /f*;\n\n${dump}`, limited({ files: 10 }));
  expect(tree.files).toHaveLength(10);
  expect(tree.cut?.message).toMatch(/^more than 10 files/);
});
