/** Parses /proc/net/sockstat: `TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 1`. */
export function parseSockstat(text: string, group: string): ReadonlyMap<string, number> {
  const words =
    text
      .split('\n')
      .find((line) => line.startsWith(`${group}: `))
      ?.split(' ')
      .slice(1) ?? [];
  const pairs = new Map<string, number>();
  for (let index = 0; index + 1 < words.length; index += 2) pairs.set(words[index] ?? '', Number(words[index + 1]));
  return pairs;
}
