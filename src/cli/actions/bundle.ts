/** `gapwatch bundle`: writes the recorded evidence of this host, redacted, for a replay elsewhere. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { GapwatchError } from '../../core/errors.ts';
import type { Sample } from '../../core/sample.ts';
import { quoted } from '../../core/shell.ts';
import { makePrivateFolder } from '../../files/private-file.ts';
import { writeBundle } from '../../replay/bundle/write.ts';
import { bundleContent } from '../../replay/write-bundle/content.ts';
import { loadMatcher } from '../../service/signal-makers.ts';
import type { Journal } from '../../store/journal.ts';
import { openStoreToRead } from '../../store/store.ts';
import type { Io } from '../io.ts';
import { look, parseDurationMs } from '../look.ts';

/** Without a store, the host is observed for this long and the bundle holds the result. */
const WATCH_MS = 5000;

export interface BundleOptions {
  readonly output?: string;
  readonly last: string;
  readonly config?: string;
  readonly json?: boolean;
}

const PAGE = 500;

type ReadPage<T> = (journal: Journal, sinceMs: number, limit: number, offset: number) => readonly T[];

/** Records of the service, oldest first. One page is in memory at a time. */
function* journalled<T>(path: string, sinceMs: number, read: ReadPage<T>): Generator<T> {
  if (!existsSync(path)) return;
  const store = openStoreToRead(path);
  try {
    for (let offset = 0, page = read(store.journal, sinceMs, PAGE, 0); page.length > 0; ) {
      yield* page;
      offset += page.length;
      page = read(store.journal, sinceMs, PAGE, offset);
    }
  } finally {
    store.close();
  }
}

/** Throws GapwatchError USAGE when `work` cannot write to `target`. */
async function writing<T>(target: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'EEXIST'
        ? 'gapwatch never overwrites a bundle: remove it, or choose another path with -o.'
        : 'Choose a folder or a .tar.gz file with -o in a folder that this user can write.';
    const reason = message.startsWith(code) ? message : `${code}: ${message}`;
    throw new GapwatchError('USAGE', `cannot write a bundle to ${target}: ${reason}`, {
      hint,
      cause,
    });
  }
}

export async function bundleAction(options: BundleOptions, io: Io): Promise<void> {
  const lastMs = parseDurationMs(options.last);
  const { output } = options;
  // Checked first, because observing the host takes long.
  if (output !== undefined) await writing(output, () => makePrivateFolder(dirname(output)));
  const { config, evidence, sight } = await look(options.config, WATCH_MS, io);
  const sinceMs = evidence.asOf - lastMs;
  const seen = (Object.values(evidence.history).flat() as Sample[]).sort((a, b) => a.at - b.at);
  const stamp = new Date(evidence.asOf).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const target = output ?? `gapwatch-${evidence.host.replaceAll(/[^\w.-]/g, '_')}-${stamp}.tar.gz`;
  const { path } = config.store;
  const content = bundleContent({
    host: evidence.host,
    asOf: evidence.asOf,
    sinceMs,
    discovery: sight.discovery,
    matcher: loadMatcher(config.patterns.folders),
    recorded: journalled(path, sinceMs, (journal, ...page) => journal.samples(...page)),
    seen,
    signals: journalled(path, sinceMs, (journal, ...page) => journal.signals(...page)),
  });
  const files = await writing(target, () => writeBundle(target, content.files));
  const samples = content.samples();
  const names = files.map(({ name }) => name).join(', ');
  const { problems } = content;
  const missing = problems.map((problem) => `\n${problem}`).join('');
  const text = `${target}: ${names} (${samples} samples)${missing}\nReplay it: gapwatch replay ${quoted(target)}`;
  io.stdout.write(`${options.json === true ? JSON.stringify({ bundle: target, samples, files, problems }) : text}\n`);
}
