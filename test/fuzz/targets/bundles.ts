import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { diagnosisText } from '../../../src/cli/diagnosis-text.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { GapwatchError } from '../../../src/core/errors.ts';
import type { Cause } from '../../../src/diagnose/cause.ts';
import { replay } from '../../../src/replay/replay.ts';
import { loadCauses } from '../../../src/service/load-causes.ts';
import { accessLogs, configs, errorLogs, recordings } from '../corpora.ts';
import { assert, assertNoControls, assertShort, shown } from '../invariants.ts';
import { bytesOf, mutated } from '../mutations.ts';
import { type TarEntry, tarOf } from '../tar.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const JSON_WORDS = [
  'null',
  '-1',
  '1e300',
  '[]',
  '{}',
  '"at":null',
  '"ok":false',
  '"__proto__":{"pwn":1}',
  '"data":{}',
  '\\u0000',
  '"2026-01-01T00:00:00.000Z"',
  '"9999-12-31T23:59:59.999Z"',
  '"+275760-09-13T00:00:00Z"',
];
const CONTENT: Readonly<Record<string, readonly string[]>> = {
  'error.log': errorLogs(),
  'access.log': accessLogs(),
  'nginx.conf': configs(),
  'stub_status.ndjson': recordings('stub_status.ndjson'),
  'samples.ndjson': recordings('samples.ndjson'),
  'facts.json': recordings('facts.json'),
};

interface Input {
  readonly kind: 'tar' | 'tar.gz' | 'folder';
  readonly entries: readonly TarEntry[];
  /** Bytes that are changed in what is written, by their share of its length. */
  readonly bytes: readonly { readonly at: number; readonly byte: number }[];
  /** How much of it is there, in thousandths. */
  readonly kept: number;
}

const file = fc.oneof(
  ...Object.entries(CONTENT).map(([name, corpus]) =>
    mutated(corpus, { tokens: [...TOKENS, ...JSON_WORDS], most: 3 }).map((text) => ({ name, text })),
  ),
);
const name = (usual: string) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `${usual}.1`,
        `${usual}.gz`,
        `a/../${usual}`,
        `/etc/${usual}`,
        '..',
        '.',
        '',
        '-rf',
        '\x1b[31m',
        '\u202egpj',
        `x${'y'.repeat(300)}`,
      ),
    },
  );
const sizes = fc.constantFrom(
  '77777777777\0',
  '\x80\0\0\0\0\0\0\0\0\0\0\0',
  '\udcff'.repeat(12),
  '-0000000001\0',
  '00000000000\0',
  'zzzzzzzzzzz\0',
  '',
);
const entry: fc.Arbitrary<TarEntry> = file.chain((usual) =>
  fc.record(
    {
      name: name(usual.name),
      text: fc.constant(usual.text),
      type: fc.oneof(
        { weight: 8, arbitrary: fc.constant('0') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('', '1', '2', '3', '4', '5', '6', '7', 'L', 'K', 'x', 'g', 'S', 'D', '\udcff'),
        },
      ),
      hasChecksum: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
      size: sizes,
      linkName: fc.constantFrom('/etc/shadow', '../../x', ''),
    },
    { requiredKeys: ['name', 'text', 'type', 'hasChecksum'] },
  ),
);

const { thresholds, incidents } = configSchema.parse({});
let causes: readonly Cause[] = [];

function damaged(whole: Buffer, { bytes, kept }: Input): Buffer {
  const written = Buffer.from(whole.subarray(0, Math.ceil((whole.length * kept) / 1000)));
  for (const { at, byte } of bytes) if (written.length > 0) written[at % written.length] = byte;
  return written;
}

function write(folder: string, input: Input): string {
  const path = join(folder, `bundle.${input.kind}`);
  if (input.kind === 'folder') {
    mkdirSync(path);
    for (const { name: as, text } of input.entries) {
      const plain = as.replaceAll(/[/\0]/g, '_').slice(0, 60);
      if (plain !== '' && plain !== '.' && plain !== '..') writeFileSync(join(path, plain), bytesOf(text));
    }
    return path;
  }
  const archive = tarOf(input.entries);
  writeFileSync(path, damaged(input.kind === 'tar' ? archive : gzipSync(archive), input));
  return path;
}

const MOST_PROBLEMS = 200;
const MOST_PROBLEM_CHARS = 2_000;

async function check(input: Input): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-fuzz-bundle-'));
  try {
    const options = { causes, thresholds, incidents, patternFolders: [], host: 'recorded' };
    const { diagnosis, incidents: told, problems } = await replay(write(folder, input), options);
    assert(['named', 'healthy', 'cannot-tell'].includes(diagnosis.verdict), `the verdict is ${diagnosis.verdict}`);
    assertNoControls(diagnosisText(diagnosis), 'the printed diagnosis');
    assert(problems.length <= MOST_PROBLEMS, `${problems.length} problems`);
    for (const problem of problems) assertShort(problem, MOST_PROBLEM_CHARS, 'a problem');
    JSON.stringify(told);
  } catch (error) {
    if (!(error instanceof GapwatchError) || error.code !== 'USAGE') throw error;
    assertShort(error.message, MOST_PROBLEM_CHARS, `the refusal ${shown(error.message)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const target = defineTarget<Input>({
  about: 'bundles of strangers: folders, archives with any header, damaged bytes → replay',
  inputs: fc.record({
    kind: fc.constantFrom('tar', 'tar.gz', 'folder'),
    entries: fc.array(entry, { maxLength: 4 }),
    bytes: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.record({ at: fc.nat(1_000_000), byte: fc.integer({ min: 0, max: 255 }) }), {
          maxLength: 4,
        }),
      },
    ),
    kept: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1000) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 999 }) },
    ),
  }),
  async prepare() {
    causes = await loadCauses();
    // Threads for files and zips stay open for the process.
    await check({
      kind: 'tar.gz',
      entries: [{ name: 'error.log', text: 'x\n', type: '0', hasChecksum: true }],
      bytes: [],
      kept: 1000,
    });
  },
  check,
});
