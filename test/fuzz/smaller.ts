/** Makes a failing case smaller by leaving out stretches of its texts and items of its lists, as long as it still fails. */

type Path = readonly (string | number)[];

/** Every text and list in a plain value, the longest first. */
function parts(value: unknown, path: Path = []): { readonly path: Path; readonly length: number }[] {
  if (typeof value === 'string') return [{ path, length: value.length }];
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, part]) =>
    parts(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  const own = Array.isArray(value) ? [{ path, length: value.length }] : [];
  return [...own, ...inner].sort((a, b) => b.length - a.length);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((now: unknown, key) => (now as Record<string | number, unknown> | undefined)?.[key], value);
}

function withPart(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? withPart(item, rest, part) : item));
  const object = value as Record<string, unknown>;
  return { ...object, [key]: withPart(object[key], rest, part) };
}

function without(part: unknown, from: number, count: number): unknown {
  if (typeof part === 'string') return part.slice(0, from) + part.slice(from + count);
  return Array.isArray(part) ? [...part.slice(0, from), ...part.slice(from + count)] : part;
}

/** `fails` is asked until the time is over. */
export async function smaller<T>(value: T, fails: (candidate: T) => Promise<boolean>, forMs: number): Promise<T> {
  const until = performance.now() + forMs;
  let best = value;
  for (const { path } of parts(value)) {
    const lengthNow = (): number => (at(best, path) as { length?: number } | undefined)?.length ?? 0;
    for (let step = Math.ceil(lengthNow() / 2); step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2)) {
      for (let from = 0; from < lengthNow() && performance.now() < until; ) {
        const candidate = withPart(best, path, without(at(best, path), from, step)) as T;
        if (await fails(candidate)) best = candidate;
        else from += step;
      }
    }
  }
  return best;
}
