/** Bundles in memory, replayed with the shipped causes and patterns. */
import { Readable } from 'node:stream';
import { configSchema } from '../../src/config/schema.ts';
import type { BundleFile } from '../../src/replay/bundle/files.ts';
import { plainText } from '../../src/replay/bundle/plain-text.ts';
import { collect } from '../../src/replay/collect.ts';
import type { Observation } from '../../src/replay/observation.ts';
import { type Replayed, replayCollected } from '../../src/replay/replay.ts';
import { loadCauses } from '../../src/service/load-causes.ts';

export type Content = Readonly<Record<string, string | Buffer>>;

function filesOf(content: Content, chunkBytes = 65_536): BundleFile[] {
  return Object.entries(content).map(([name, data]) => {
    const bytes = Buffer.from(data);
    const chunks = () =>
      Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
        bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
      );
    return { name, sizeBytes: bytes.length, chunks: () => plainText(Readable.from(chunks())), damage: () => null };
  });
}

const { thresholds, incidents } = configSchema.parse({});
export const causes = await loadCauses();

export async function replayContent(content: Content, chunkBytes?: number): Promise<Replayed> {
  const collected = await collect(filesOf(content, chunkBytes), [], () => {});
  return replayCollected(collected, { causes, thresholds, incidents, patternFolders: [], host: 'recorded' });
}

export async function observationsIn(content: Content, chunkBytes?: number): Promise<Observation[]> {
  const { observations } = await collect(filesOf(content, chunkBytes), [], () => {});
  const all: Observation[] = [];
  for await (const observation of observations) all.push(observation);
  return all;
}
