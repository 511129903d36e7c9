/** Writes a bundle: a folder, or a `.tar.gz` when the name says so. Contents come in redacted; nothing is added here. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

export type BundleContent = Readonly<Record<string, string | Uint8Array>>;

/** File name → content; empty files are left out. `target` ends in `.tar.gz` or `.tgz` for an archive. */
export async function writeBundle(target: string, content: BundleContent): Promise<void> {
  const files = Object.entries(content).filter(([, data]) => data.length > 0);
  if (!/\.(tar\.gz|tgz)$/.test(target)) {
    mkdirSync(target, { recursive: true });
    for (const [name, data] of files) writeFileSync(join(target, name), data, { mode: 0o600 });
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(target, { mode: 0o600 }));
  for (const [name, data] of files) archive.entry({ name: `gapwatch-bundle/${name}` }, Buffer.from(data));
  archive.finalize();
  await written;
}
