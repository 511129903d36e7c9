/** What a command may touch of the outside: argv and env stay in `cli`; tests hand in their own. */
import type { Writable } from 'node:stream';
import type { Logger } from '../core/logger.ts';
import type { Output } from './terminal.ts';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The terminal behind stderr, unguarded, for what gapwatch draws itself; null where stderr is none. */
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
