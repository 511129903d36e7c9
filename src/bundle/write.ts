/** Writes a bundle: a folder, or a `.tar.gz` when the name says so. Contents come in redacted; nothing is added here. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export type BundleContent = Readonly<Record<string, string | Uint8Array>>;

/**
 * File name → content; empty files are left out. `target` ends in `.tar.gz` or `.tgz` for an archive; the folder it is to
 * lie in exists. Throws the system's error.
 */
export async function writeBundle(target: string, content: BundleContent): Promise<void> {
  const files = Object.entries(content).filter(([, data]) => data.length > 0);
  if (!/\.(tar\.gz|tgz)$/.test(target)) {
    if (!existsSync(target)) mkdirSync(target);
    for (const [name, data] of files) writeFileSync(join(target, name), data, { mode: 0o600 });
    return;
  }
  const archive = pack();
  for (const [name, data] of files) archive.entry({ name: `gapwatch-bundle/${name}` }, Buffer.from(data));
  archive.finalize();
  writeFileSync(target, gzipSync(await buffer(archive)), { mode: 0o600 });
}
