import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createTokenizer, type Statement } from '../../src/nginx/config-tokens.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { NginxCheck } from './nginx-check.ts';

const nginx = new NginxCheck();
/** nginx quotes single bytes, and how much of an overlong word it shows depends on its buffer. */
const comparable = (message: string | null | undefined) => message?.replace(/(too long parameter).*|[^ -~]+/gs, '$1');

afterAll(() => nginx.remove());

function tokenize(text: string) {
  const problems: { line: number; message: string }[] = [];
  const tokens = createTokenizer(text, (line, message) => problems.push({ line, message }));
  const statements: Statement[] = [];
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.end === 'end' && next.words.length === 0) return { statements, problems };
    statements.push(next);
  }
}

const words = (text: string) => tokenize(text).statements.map((one) => one.words.map((word) => word.text));

describe('words', () => {
  it('keeps a quoted brace, semicolon and hash inside the word', () => {
    expect(words(`a "b;{}#" 'c d';`)).toEqual([['a', 'b;{}#', 'c d']]);
  });

  it('resolves the escapes nginx knows and leaves the others alone', () => {
    expect(words(String.raw`a "x\"y\\z\tq\.w" b\;c \{d;`)).toEqual([['a', 'x"y\\z\tq\\.w', 'b\\;c', '\\{d']]);
  });

  it('takes the brace of a variable for a part of the word', () => {
    expect(words('set $x ${a}b;')).toEqual([['set', '$x', '${a}b']]);
    expect(words('location $x{')).toEqual([['location', '$x']]);
  });

  it('starts a comment only where a word could start', () => {
    expect(words('a b#c; # d e;\nf;')).toEqual([['a', 'b#c'], ['f']]);
  });

  it('begins a new word at a closing parenthesis behind a quote', () => {
    expect(words('if ($x = "a") {')).toEqual([['if', '($x', '=', 'a', ')']]);
  });

  it('gives every word the line of its first character', () => {
    const [statement] = tokenize('a\n\n  b "c\nd"\ne;').statements;
    expect(statement?.words.map((word) => word.line)).toEqual([1, 3, 3, 5]);
    expect(statement?.endLine).toBe(5);
  });
});

describe('agreement with nginx -t', () => {
  /** `types` takes any words, so that only the syntax decides. */
  const around = (soup: string) =>
    `events {}\nhttp { types_hash_bucket_size 16384; server { location / { types {\n${soup}\n} } } }\n`;
  const piece = fc.constantFrom(
    ...[
      'a',
      'b1',
      'text/x',
      '"',
      "'",
      '"q q"',
      "'s;'",
      '${v}',
      '$x{',
      '$',
      '{',
      '}',
      ';',
      ';',
      ';',
      ' ',
      ' ',
      '\n',
      '\t',
    ],
    ...['\r\n', '#c', "# it's\n", '\\', '\\"', '\\;', '\\n', ')', '"a\\"b"', 'é', '"x"y', '"x")', '[', '*'],
  );
  const soup = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));

  /** True when our reading of the text is: one `types` block, closed where it should be, holding plain statements. */
  function looksValid(config: string): boolean {
    const tree = parseFragment(config);
    const location = tree.nodes[1]?.block?.[1]?.block?.[0];
    const types = location?.block?.[0];
    const shape = [tree.nodes.length, tree.nodes[1]?.block?.length, tree.nodes[1]?.block?.[1]?.block?.length];
    return (
      tree.problems.length === 0 &&
      JSON.stringify([...shape, location?.block?.length]) === '[2,2,1,1]' &&
      types?.block?.every((node) => node.block === null) === true
    );
  }

  it('calls the same texts valid, and names the line nginx names', { timeout: 120_000 }, async () => {
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(soup, async (text) => {
        const config = around(text);
        const verdict = await nginx.test(config);
        expect(looksValid(config), verdict.message ?? 'nginx found it valid').toBe(verdict.valid);
        if (verdict.valid) valid += 1;
        const [first] = parseFragment(config).problems;
        const syntactic = /^(unexpected (?!"\{")|too long)/.test(verdict.message ?? '');
        if (syntactic)
          expect({ line: first?.line, message: comparable(first?.message) }).toEqual({
            line: verdict.line,
            message: comparable(verdict.message),
          });
      }),
      { numRuns: 250, seed: 20261121 },
    );
    expect(valid).toBeGreaterThan(20);
  });

  it('reads the same word that nginx calls an unknown directive', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom('zz', '"', "'", '\\', '\\\\', '\\t', '\\n', '\\"', '$', '${', '{', ' ', ';', '#', 'é', '}'),
          { maxLength: 10 },
        ),
        async (pieces) => {
          const config = `\n# x\n${pieces.join('')} zz;`;
          const verdict = await nginx.test(config);
          const unknown = /^unknown directive "(.*)"$/s.exec(verdict.message ?? '')?.[1];
          if (unknown === undefined) return;
          const [statement] = tokenize(config).statements;
          expect(statement?.words[0]?.text).toBe(unknown);
          expect(statement?.endLine).toBe(verdict.line);
        },
      ),
      { numRuns: 150, seed: 20261121 },
    );
  });

  it.each([
    ['a bare word', (n: number) => `a ${'x'.repeat(n)};`, 4095, 4096],
    ['a bare word before a space', (n: number) => `a ${'x'.repeat(n)} b;`, 4094, 4095],
    ['a quoted word', (n: number) => `a "${'x'.repeat(n)}";`, 4094, 4095],
    ['a word of two-byte letters', (n: number) => `a ${'é'.repeat(n)};`, 2047, 2048],
    ['a comment', (n: number) => `#${'x'.repeat(n - 1)}\na b;`, 4095, 4096],
  ])('finds %s too long from the same byte on', async (_name, build, fits, tooLong) => {
    for (const length of [fits, tooLong]) {
      const config = around(build(length));
      const verdict = await nginx.test(config);
      const ours = parseFragment(config).problems[0] ?? null;
      expect(verdict.valid, `${length}: ${verdict.message}`).toBe(length === fits);
      expect(ours === null).toBe(verdict.valid);
      if (ours !== null) expect(comparable(ours.message)).toBe(comparable(verdict.message));
    }
  });

  it.each(['', '"', '#'])('finds the end of the file before a buffer that %j and 4,096 bytes fill', async (start) => {
    for (const end of ['', 'x', 'xx', 'é', 'éx']) {
      const config = `events {}\n${start}${'x'.repeat(start === '#' ? 4094 : 4095)}${end}`;
      const { message } = await nginx.test(config);
      const ours = parseFragment(config).problems[0]?.message ?? null;
      expect(comparable(ours)).toBe(comparable(message));
    }
  });

  it('ends a Lua block where Lua says it ends', () => {
    const lua = "local t = { a = \"}\" } -- }\n--[[ } ]] local s = [==[ ]] } ]==]\nif x then y = '\\'}' end";
    const tree = parseFragment(`http { content_by_lua_block {${lua}}\n gzip on; }`);
    expect(tree.problems).toEqual([]);
    expect(tree.nodes[0]?.block?.map(({ name, line, code }) => ({ name, line, code }))).toEqual([
      { name: 'content_by_lua_block', line: 1, code: lua },
      { name: 'gzip', line: 4, code: undefined },
    ]);
  });
});
