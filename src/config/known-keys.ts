/** Lists the keys of a zod schema with descriptions and defaults, for error messages and the config reference. */
import { z } from 'zod';

/** One row of the config reference. */
export interface KnownKey {
  /** For example `probes.intervalMs`, or `nginx.accessLogs[].path` inside a list. */
  readonly key: string;
  readonly description: string;
  /** The default as JSON; null when there is none. */
  readonly defaultJson: string | null;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap() as z.core.$ZodType;
  }
  return inner;
}

function descriptionOf(schema: z.core.$ZodType): string {
  let inner = schema as z.ZodType;
  for (;;) {
    if (inner.description !== undefined) return inner.description;
    if (!(inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)) return '';
    inner = inner.unwrap() as z.ZodType;
  }
}

function defaultOf(schema: z.core.$ZodType): string | null {
  const parsed = z.safeParse(schema as z.ZodType, undefined);
  return parsed.success && parsed.data !== undefined ? JSON.stringify(parsed.data) : null;
}

/** The schema at `path` (keys and list indexes); null when there is none. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | null {
  let here: z.core.$ZodType | undefined = unwrap(schema);
  for (const step of path) {
    if (here instanceof z.ZodObject) here = here.shape[String(step)] as z.core.$ZodType | undefined;
    else if (here instanceof z.ZodArray) here = here.element;
    else if (here instanceof z.ZodRecord) here = here.valueType as z.core.$ZodType;
    else return null;
    if (here === undefined) return null;
    here = unwrap(here);
  }
  return here;
}

/** The keys of the object at `path`; empty when the schema has no object there. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const here = schemaAt(schema, path);
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** All leaf keys in schema order: the rows of the config reference. */
export function knownKeys(schema: z.core.$ZodType, prefix = ''): KnownKey[] {
  const here = unwrap(schema);
  if (here instanceof z.ZodArray && unwrap(here.element) instanceof z.ZodObject)
    return knownKeys(here.element, `${prefix}[]`);
  if (!(here instanceof z.ZodObject))
    return [{ key: prefix, description: descriptionOf(schema), defaultJson: defaultOf(schema) }];
  return Object.entries(here.shape as Record<string, z.core.$ZodType>).flatMap(([name, child]) =>
    knownKeys(child, prefix === '' ? name : `${prefix}.${name}`),
  );
}
