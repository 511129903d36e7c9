/** Reads configuration files from disk, through /proc/PID/root for a container. */
import type { ConfigReader, GlobResult } from '../nginx/config-tree.ts';
import { globTest, isGlob } from '../nginx/glob.ts';
import { type DiscoveryHost, isGone } from './host.ts';

/** `root` is put before every path that is read and never shows in a result. */
export function diskReader(host: DiscoveryHost, root: string): ConfigReader {
  return {
    // Those of our own kernel are discovery's to read, not a configuration's to name.
    read: (path) =>
      /^\/(?:proc|sys)\//.test(path) ? { failure: 'it is a file of the kernel' } : host.read(root + path),
    glob: (pattern) => expand(host, root, pattern),
  };
}

/** Segment by segment, so that only directories that can hold a match are listed. */
function expand(host: DiscoveryHost, root: string, pattern: string): GlobResult {
  const unread: { path: string; failure: string }[] = [];
  let compared = 0;
  const inside = (folder: string): readonly string[] => {
    const listed = host.list(`${root}${folder}/`);
    if ('names' in listed) {
      compared += listed.names.length;
      return listed.names;
    }
    if (!isGone(listed)) unread.push({ path: `${folder}/`, failure: listed.failure });
    return [];
  };
  let found: readonly string[] = [''];
  for (const segment of pattern.split('/').slice(1)) {
    const fits = globTest(segment);
    found = isGlob(segment)
      ? found.flatMap((path) =>
          inside(path)
            .filter(fits)
            .map((name) => `${path}/${name}`),
        )
      : found.map((path) => `${path}/${segment}`);
  }
  return { files: found.filter((path) => host.stat(root + path) !== null).sort(), unread, compared };
}
