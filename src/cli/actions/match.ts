/** `gapwatch match`: prints the lines of a log that match a pattern of the catalogue. */
import { systemClock } from '../../core/clock.ts';
import { GapwatchError } from '../../core/errors.ts';
import { createBelievedLines } from '../../match/believed-lines.ts';
import { readBuiltInPatterns } from '../../match/built-in-patterns.ts';
import { type Catalogue, compileCatalogue } from '../../match/compile-catalogue.ts';
import { createMatcher, type Matcher } from '../../match/matcher.ts';
import { createWasmScanner } from '../../match/wasm/wasm-scanner.ts';
import { EXIT, type Io } from '../io.ts';
import { OutputBuffer } from '../output-buffer.ts';
import { BrokenEnd, readLines } from '../read-lines.ts';

export interface MatchOptions {
  readonly count?: true;
  readonly json?: true;
  readonly check?: true;
  readonly patterns?: string;
}

/** Returns the output for each block of lines, and for the end. `continues`: the block is not the first of its log. */
interface Printer {
  print(lines: Uint8Array, source: string, continues: boolean): Uint8Array | string;
  end(): string;
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = '\n'.charCodeAt(0);

function countPrinter(matcher: Matcher, json: boolean): Printer {
  const counts = new Float64Array(matcher.catalogue.patterns.length);
  const add = (pattern: number): void => {
    counts[pattern] = (counts[pattern] ?? 0) + 1;
  };
  const believed = createBelievedLines(matcher);
  return {
    print(lines, _source, continues) {
      believed.scan(lines, { continues }, add);
      return NOTHING;
    },
    end() {
      const rows = matcher.catalogue.patterns.map(({ pattern: { id } }, i) => ({ pattern: id, count: counts[i] ?? 0 }));
      const text = (row: { pattern: string; count: number }) =>
        json ? `${JSON.stringify(row)}\n` : `${row.pattern}\t${row.count}\n`;
      return rows
        .filter(({ count }) => count > 0)
        .map(text)
        .join('');
    },
  };
}

function linePrinter(matcher: Matcher): Printer {
  const ids = matcher.catalogue.patterns.map(({ pattern }) => Buffer.from(`${pattern.id}\t`));
  const believed = createBelievedLines(matcher);
  const out = new OutputBuffer();
  return {
    print(lines, _source, continues) {
      believed.scan(lines, { continues }, (pattern, start, end) => {
        out.addBytes(ids[pattern] ?? NOTHING);
        out.addBytes(lines.subarray(start, end));
        out.addByte(NEWLINE);
      });
      return out.take();
    },
    end: () => '',
  };
}

async function jsonPrinter(matcher: Matcher): Promise<Printer> {
  const { createMatchedLineReader } = await import('../../match/matched-line.ts');
  const offset = -new Date().getTimezoneOffset();
  const read = createMatchedLineReader(matcher, { timezoneOffsetMinutes: offset, now: systemClock.now });
  const decoder = new TextDecoder();
  const believed = createBelievedLines(matcher);
  const out = new OutputBuffer();
  return {
    print(lines, source, continues) {
      believed.scan(lines, { continues }, (pattern, start, end) => {
        const line = lines.subarray(start, end);
        const { at, ...matched } = read(pattern, line);
        const time = at === null ? null : new Date(at).toISOString();
        out.addText(`${JSON.stringify({ ...matched, at: time, source, line: decoder.decode(line) })}\n`);
      });
      return out.take();
    },
    end: () => '',
  };
}

/** Resolves when the bytes are written: a slow reader slows the scan instead of filling memory. */
function write(io: Io, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    io.stdout.write(bytes, (cause) => {
      if (cause) reject(new GapwatchError('INTERNAL', `cannot write to standard output: ${cause.message}`, { cause }));
      else resolve();
    });
  });
}

/** The YAML reader and the validator are loaded only for a user's own patterns: loading dominates a short run. */
async function load(folder: string | undefined): Promise<Catalogue> {
  if (folder === undefined) return compileCatalogue(readBuiltInPatterns());
  const { BUILT_IN_PATTERNS, loadCatalogue } = await import('../../match/catalogue.ts');
  return loadCatalogue([folder, BUILT_IN_PATTERNS]);
}

export async function matchAction(files: readonly string[], options: MatchOptions, io: Io): Promise<void> {
  const catalogue = await load(options.patterns);
  if (options.check) return check(catalogue, io);
  await print(createMatcher(catalogue, createWasmScanner), files, options, io);
}

async function print(matcher: Matcher, files: readonly string[], options: MatchOptions, io: Io): Promise<void> {
  const json = options.json ?? false;
  const printer = options.count
    ? countPrinter(matcher, json)
    : json
      ? await jsonPrinter(matcher)
      : linePrinter(matcher);
  const buffer = matcher.space();
  for (const path of files.length > 0 ? files : ['-']) await printFile(path, buffer, printer, io);
  await write(io, printer.end());
}

async function printFile(path: string, buffer: Buffer, printer: Printer, io: Io): Promise<void> {
  const onCut = (lines: number) =>
    io.logger.warn({ file: path, lines }, 'long lines were cut, only their beginning was read');
  let continues = false;
  try {
    for await (const lines of readLines(path, io, buffer, onCut)) {
      const out = printer.print(lines, path, continues);
      continues = true;
      if (out.length > 0) await write(io, out);
      if (io.stopped.aborted) return;
    }
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    const { message } = cause as Error;
    if (cause instanceof BrokenEnd && cause.isComplete) io.logger.warn({ file: path }, message);
    else {
      const howFar = cause instanceof BrokenEnd ? ' to its end' : '';
      io.stderr.write(`gapwatch: ${path} cannot be read${howFar}: ${message}\n`);
      io.exit(EXIT.usage);
    }
  }
}

async function check(catalogue: Catalogue, io: Io): Promise<void> {
  const { checkCatalogue } = await import('../../match/check.ts');
  const problems = checkCatalogue(catalogue);
  if (problems.length > 0) {
    throw new GapwatchError('CONFIG', `patterns fail their own examples:\n  ${problems.join('\n  ')}`, {
      hint: 'patterns/README.md explains each key.',
    });
  }
  await write(io, `${catalogue.patterns.length} patterns match all their hits and none of their misses\n`);
}
