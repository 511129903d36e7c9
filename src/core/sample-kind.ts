/** The interface of the files in `samples/`: what each declares of its probe, and the schema fields they share. */
import { z } from 'zod';
import type { ProbeData, ProbeId } from './sample.ts';

/** Each file of `samples/` exports one as `sample`. Field names contain the unit. */
export interface SampleKind<P extends ProbeId = ProbeId> {
  /** The name of the file. */
  readonly id: P;
  /**
   * Validates a recorded sample, so that no cause reads an absent field. It drops unknown fields: a newer gapwatch may
   * have recorded them, and a hostile bundle could contain gigabytes of them.
   */
  readonly schema: z.ZodType<ProbeData[P]>;
  /** What cannot be observed without it, and the remedy when it is denied; null: reported elsewhere. */
  readonly blindSpot: { readonly what: string; readonly denied: string } | null;
  /** `high`: the cost grows with the number of connections; such a probe runs while suspicious, or on demand. */
  readonly cost: 'low' | 'high';
  /** A probe may take this many times `probes.timeoutMs`. */
  readonly patience: number;
  /** True for lists of workers and peers that take kilobytes: fewer of them are kept. */
  readonly heavy: boolean;
}

/**
 * Deadline factor of probes that read /proc and socket tables. These never hang, but are slow on an overloaded host,
 * which is when their samples matter.
 */
export const PATIENT = 3;

export const ROOT = 'run gapwatch as root or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH';
export const NAMESPACE =
  "run gapwatch in nginx's own network namespace (docker: --network container:NGINX --pid container:NGINX)";

/** The read-only type of the output of a schema. */
export type Data<S extends z.ZodType> = Frozen<z.output<S>>;
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export const count = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** A count; null when it could not be read. */
export const seen = count.nullish().transform((value) => value ?? null);
/** A limit; 0 means that it could not be read. */
export const limit = seen.transform((value) => value || null);
/** A count that older recordings lack. */
export const added = count.nullish();
export const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
export const listOf = <T extends z.ZodType>(schema: T, most: number) => z.array(schema).max(most);

/** Lists have room for the largest hosts. */
export const MOST_PROCESSES = 4096;
export const MOST_SOCKETS = 16_384;
export const MOST_PEERS = 1024;
