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
  /** Logs to stderr: readable on a terminal, otherwise JSON. */
  readonly logger: Logger;
  /** Aborts on SIGINT and SIGTERM. */
  readonly stopped: AbortSignal;
  /** Sets the exit code. The process ends when its work is done. */
  exit(code: number): void;
}

/** 0 to 3 follow the monitoring-plugins convention, the others sysexits.h. */
export const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3, usage: 64, internal: 70, config: 78 } as const;
