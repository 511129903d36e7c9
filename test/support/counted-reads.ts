/** Counts how often code reads a value, at any depth: a measure of work that no other process on the machine disturbs. */

export interface CountedReads<T> {
  /** The value, with every read of it and of what it holds counted. One object stays one object. */
  readonly value: T;
  count(): number;
}

export function countedReads<T extends object>(value: T): CountedReads<T> {
  let reads = 0;
  const wrapped = new WeakMap<object, object>();

  function wrap<V>(inner: V): V {
    if (typeof inner !== 'object' || inner === null) return inner;
    const known = wrapped.get(inner);
    if (known !== undefined) return known as V;
    const made = inner instanceof Map ? wrapMap(inner) : new Proxy(inner, { get });
    wrapped.set(inner, made);
    return made as V;
  }

  function get(target: object, key: string | symbol): unknown {
    const found: unknown = Reflect.get(target, key);
    // Methods of arrays read their elements through the proxy.
    if (typeof found === 'function') return found;
    reads++;
    return wrap(found);
  }

  /** A Map refuses to be read through a proxy; a copy with wrapped values counts as one read for each. */
  function wrapMap(map: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
    const copy = new Map([...map].map(([key, inner]) => [key, wrap(inner)]));
    return new Proxy(copy, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key, target);
        reads += key === 'get' || key === 'has' ? 1 : target.size;
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  }

  return { value: wrap(value), count: () => reads };
}
