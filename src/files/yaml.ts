/**
 * Parses YAML into a document, or into problems with their lines. The library throws on deep nesting and on undefined or
 * multiplying aliases; here these are problems too, so that a bad file does not end a running service.
 */
import { type Document, LineCounter, parseDocument, visit } from 'yaml';

export interface YamlText {
  readonly document: Document;
  lineAt(offset: number): number;
}

export interface YamlProblems {
  readonly problems: readonly { readonly line: number; readonly text: string }[];
}

/** Problems listed at most: one mistake can cause a hundred more. */
const MOST_PROBLEMS = 20;

const problem = (line: number, error: unknown): YamlProblems => ({
  problems: [{ line, text: (error as Error).message.split('\n')[0] ?? '' }],
});

export function parseYaml(text: string): YamlText | YamlProblems {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    if (document.errors.length === 0) return { document, lineAt };
    const errors = document.errors.slice(0, MOST_PROBLEMS);
    return { problems: errors.map(({ message, pos: [at] }) => ({ line: lineAt(at), text: message })) };
  } catch (error) {
    return problem(1, error);
  }
}

/** The document as plain data. */
export function yamlValue({ document, lineAt }: YamlText): { readonly value: unknown } | YamlProblems {
  try {
    return { value: document.toJS() };
  } catch (error) {
    return problem(lineAt(brokenAlias(document)), error);
  }
}

/** The position of the first undefined alias, else of the first alias. */
function brokenAlias(document: Document): number {
  const offsets: number[] = [];
  visit(document, {
    Alias(_key, alias) {
      const offset = alias.range?.[0] ?? 0;
      offsets.push(offset);
      if (alias.resolve(document) !== undefined) return undefined;
      offsets.unshift(offset);
      return visit.BREAK;
    },
  });
  return offsets[0] ?? 0;
}
