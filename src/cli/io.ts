/** The streams, environment and signals that a command uses. Commands use nothing else, so tests pass in their own. */
import type { Writable } from 'node:stream';
import type { Logger } from '../core/logger.ts';
import type { Output } from './terminal.ts';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The terminal of stderr without the escape filter, for what gapwatch draws itself; null when stderr is no terminal. */
  readonly screen: Writable | null;
  /** pino on stderr: JSON when it is not a terminal. */
  readonly logger: Logger;
  /** Aborts on SIGINT and SIGTERM. */
  readonly stopped: AbortSignal;
  /** Sets the process exit code; the process ends when its work does. */
  exit(code: number): void;
}

/** Monitoring-plugins convention, and sysexits.h for usage and config errors. */
export const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3, usage: 64, internal: 70, config: 78 } as const;
