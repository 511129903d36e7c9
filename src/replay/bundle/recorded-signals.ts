/**
 * Parses recorded signals: `signals.ndjson` from the event stream. Redacts values that no log line could have
 * contained.
 */
import { z } from 'zod';
import { LOG_LEVELS, type Signal } from '../../core/signal.ts';
import { createSignalRedactor } from '../../nginx/redacted-signal.ts';
import { misfit, objectIn, type ReadLine, readTime } from './recorded-samples.ts';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const word = z.string().max(64);
const MOST_CAPTURES = 32;
const MOST_KEYS = 16;
const keys = z
  .array(
    z
      .object({ key: z.string().max(256), count, over: count.optional() })
      .transform(({ over, ...key }) => (over === undefined ? key : { ...key, over })),
  )
  .max(MOST_KEYS);

const schema = z.object({
  pattern: word,
  timed: z.boolean(),
  source: z.string().max(4096),
  level: z.enum(LOG_LEVELS).nullable(),
  pid: count.nullable(),
  connection: count.nullable(),
  captures: z
    .record(word, z.string().max(2048))
    .refine((captures) => Object.keys(captures).length <= MOST_CAPTURES, 'too many captures'),
  busiest: z.object({ pid: keys, peer: keys, client: keys }).partial().optional(),
  count: count.min(1),
  isDoubtful: z.literal(true).optional(),
  line: z.string().max(4096),
  lastLine: z.string().max(4096).optional(),
});

const redacted = createSignalRedactor(null);

/** Skips objects of other types. */
export const readSignal: ReadLine<Signal> = (text) => {
  const object = objectIn(text);
  if (object.type !== undefined && object.type !== 'signal') return null;
  const at = readTime(object.at);
  if (at === null) return 'no time';
  const read = schema.safeParse(object);
  // Schema and type differ only in absent keys: exactOptionalPropertyTypes.
  return read.success ? redacted({ ...read.data, at } as Signal) : misfit(read.error);
};
