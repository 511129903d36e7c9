import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigNode, parseConfig, parseDump, parseFragment } from '../../src/nginx/config-tree.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

function flatten(nodes: readonly ConfigNode[]): readonly ConfigNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.block ?? [])]);
}

/** A directive as it will be printed, and where. */
interface Plan {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Plan[] | null;
}

const gap = fc.constantFrom(' ', '\n', '\t', '  ', ' # a; comment }\n', '\r\n', '\n\n');
const word = fc.constantFrom('a', 'b2', '"q; }"', "'s{'", '${v}x', '\\;', '"line\nbreak"', 'x#y');
const { tree: planArbitrary } = fc.letrec<{ tree: Plan[]; node: Plan }>((tie) => ({
  node: fc.record({
    name: fc.constantFrom('alpha', 'beta', 'gamma_1'),
    args: fc.array(word, { maxLength: 3 }),
    block: fc.option(tie('tree'), { depthSize: 'small' }),
  }),
  tree: fc.array(tie('node'), { maxLength: 4 }),
}));

/** Prints with any spacing and notes the line of every name. */
function print(plans: readonly Plan[], spacing: () => string, into: { text: string; lines: number[] }): void {
  for (const { name, args, block } of plans) {
    into.text += spacing();
    into.lines.push(into.text.split('\n').length);
    into.text += name;
    for (const arg of args) into.text += spacing() + arg;
    into.text += block === null ? ';' : `${spacing()}{`;
    if (block !== null) {
      print(block, spacing, into);
      into.text += `${spacing()}}`;
    }
  }
}

describe('positions', () => {
  it('survive any layout', () => {
    fc.assert(
      fc.property(planArbitrary, fc.infiniteStream(gap), (plans, gaps) => {
        const printed = { text: '', lines: [] as number[] };
        print(plans, () => gaps.next().value, printed);
        const tree = parseFragment(printed.text);
        expect(tree.problems).toEqual([]);
        expect(flatten(tree.nodes).map((node) => node.line)).toEqual(printed.lines);
      }),
      { numRuns: 300 },
    );
  });

  it.each(readdirSync(FIXTURES))('are right for every node of %s', (file) => {
    const text = readFileSync(join(FIXTURES, file), 'utf8');
    const tree = parseDump(text);
    expect(tree.problems).toEqual([]);
    const sources = new Map<string, readonly string[]>();
    const parts = text.split(/^# configuration file (.+):\n/m);
    if (parts.length === 1) sources.set('nginx.conf', text.split('\n'));
    for (let i = 1; i < parts.length; i += 2) sources.set(parts[i] ?? '', (parts[i + 1] ?? '').split('\n'));
    const all = flatten(tree.nodes);
    expect(all.length).toBeGreaterThan(15);
    for (const { file: path, line, name } of all) {
      const source = (sources.get(path)?.[line - 1] ?? '').replaceAll(/["']/g, '');
      expect(`${path}:${line} ${source}`).toContain(name.replaceAll('\\\\', '\\'));
    }
    // Every line that holds code and ends in `;` or `{` belongs to some directive.
    const known = new Set(all.map((node) => `${node.file}:${node.line}`));
    for (const [path, lines] of sources) {
      for (const [i, source] of lines.entries()) {
        if (/^\s*[a-z_]+ [^#"']*[;{]\s*$/.test(source)) expect(known).toContain(`${path}:${i + 1}`);
      }
    }
  });
});

describe('includes', () => {
  const files: Readonly<Record<string, string>> = {
    '/etc/nginx/nginx.conf': 'user www;\ninclude conf.d/*.conf;\nhttp {\n include mime;\n}\n',
    '/etc/nginx/conf.d/b.conf': 'two 2;',
    '/etc/nginx/conf.d/a.conf': 'one 1;',
    '/etc/nginx/conf.d/.hidden.conf': 'three 3;',
    '/etc/nginx/mime': 'types { a b; }',
  };
  const reader = {
    read: (path: string) => (files[path] === undefined ? { failure: '2: No such file' } : { text: files[path] }),
    glob: () => ({ files: ['/etc/nginx/conf.d/a.conf', '/etc/nginx/conf.d/b.conf'], compared: 2 }),
  };

  it('bring their directives in where they stand, with the file they stand in', () => {
    const tree = parseConfig('/etc/nginx/nginx.conf', reader);
    expect(flatten(tree.nodes).map(({ name, file, line }) => `${name} ${file}:${line}`)).toEqual([
      'user /etc/nginx/nginx.conf:1',
      'include /etc/nginx/nginx.conf:2',
      'one /etc/nginx/conf.d/a.conf:1',
      'two /etc/nginx/conf.d/b.conf:1',
      'http /etc/nginx/nginx.conf:3',
      'include /etc/nginx/nginx.conf:4',
      'types /etc/nginx/mime:1',
      'a /etc/nginx/mime:1',
    ]);
    expect(tree.files[0]).toBe('/etc/nginx/nginx.conf');
  });

  it('are resolved within a dump, hidden files left out, in byte order', () => {
    const dump = Object.entries(files).map(([path, text]) => `# configuration file ${path}:\n${text}\n`);
    const tree = parseDump(`nginx: the configuration file syntax is ok\n${dump.join('')}`);
    expect(flatten(tree.nodes).map((node) => node.name)).toEqual(
      flatten(parseConfig('/etc/nginx/nginx.conf', reader).nodes).map((node) => node.name),
    );
  });

  it('that are missing are a problem at the include, and the rest is still read', () => {
    const tree = parseDump('# configuration file /c:\na 1;\ninclude nowhere;\nb 2;\n');
    expect(tree.problems).toEqual([{ file: '/c', line: 2, message: 'open() "/nowhere" failed (not in this dump)' }]);
    expect(tree.nodes.map((node) => node.name)).toEqual(['a', 'include', 'b']);
  });

  it('of a fragment are left as they stand', () => {
    const tree = parseFragment('include mime.types;\nb 2;');
    expect(tree).toMatchObject({ problems: [], files: ['nginx.conf'] });
    expect(tree.nodes.map((node) => node.name)).toEqual(['include', 'b']);
  });

  it('of themselves come to an end', () => {
    const tree = parseConfig('/a', {
      read: () => ({ text: 'x 1; include /a;' }),
      glob: () => ({ files: [], compared: 0 }),
    });
    expect(tree.problems).toEqual([{ file: '/a', line: 1, message: 'open() "/a" failed (included too deep)' }]);
  });
});

describe('what nginx would refuse', () => {
  it('is no block nested without end', () => {
    const { problems } = parseFragment(`${'a { '.repeat(100_000)}b 1;`);
    expect(problems[0]).toEqual({ file: 'nginx.conf', line: 1, message: 'nested too deep' });
    expect(problems.length).toBeLessThan(100);
  });

  it('is named, and everything around it is still there', () => {
    const tree = parseFragment('events {\n}\n}\nhttp {\n gzip on\n}\nuser x;\nhttp {');
    expect(tree.problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 unexpected "}"',
      '6 unexpected "}"',
      '8 unexpected end of file, expecting "}"',
    ]);
    expect(tree.nodes.map((node) => node.name)).toEqual(['events', 'http', 'user', 'http']);
  });
});

it('a piece of a configuration does not include itself', () => {
  const { nodes, files } = parseFragment('include nginx.conf; include nginx.conf; worker_processes 2;');
  expect(nodes.map(({ name }) => name)).toEqual(['include', 'include', 'worker_processes']);
  expect(files).toEqual(['nginx.conf']);
});
