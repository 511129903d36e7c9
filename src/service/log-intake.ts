/**
 * Follows the discovered logs and turns their lines into signals and access samples. After a reload it follows new logs
 * and stops following removed ones.
 */

import { type AccessReader, createAccessReader } from '../access/access-reader.ts';
import { createAccessTally } from '../access/access-tally.ts';
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Logger } from '../core/logger.ts';
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import type { AccessLogFile } from '../discovery/log-files.ts';
import type { FollowConfig } from '../tail/config.ts';
import type { CursorStore } from '../tail/cursor.ts';
import { openSource } from '../tail/open-source.ts';
import { createPulse } from '../tail/pulse.ts';
import type { LogSource, SourceKind, SourceState } from '../tail/source.ts';
import { createTimers } from './timers.ts';

export interface LogIntakeDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: FollowConfig;
  readonly cursors: CursorStore | null;
  /** Creates the parser of one error log. */
  makeSignals(source: string): (batch: LineBatch) => readonly Signal[];
  onSignals(signals: readonly Signal[]): void;
}

export interface LogIntake {
  /** Follows new logs of the lists and stops following the others. */
  follow(errorLogs: readonly string[], accessLogs: readonly AccessLogFile[]): Promise<void>;
  /** The access-log sample since the last call; null when there is no access log. */
  takeAccess(): Sample | null;
  states(): readonly { readonly name: string; readonly state: SourceState }[];
  stop(): Promise<void>;
}

interface Followed {
  readonly source: LogSource;
  readonly access: AccessReader | null;
}

/**
 * Time for the first read of a log, which may have a backlog or a folder full of names. Other work continues meanwhile.
 */
const SETTLE_MS = 2000;

const SHUT: ReadonlySet<SourceKind> = new Set(['denied', 'refused']);

export function createLogIntake(deps: LogIntakeDeps): LogIntake {
  const timers = createTimers(deps.logger);
  const { ticker } = timers;
  const pulse = createPulse(ticker, { pollMs: deps.config.pollMs });
  const followed = new Map<string, Followed>();
  /** One tally for all access logs, so that quantiles cover all requests. */
  const tally = createAccessTally();
  let accessSince = deps.clock.monotonicMs();
  /** The logs to follow; null after a stop. */
  let wanted: ReadonlyMap<string, () => Promise<void>> | null = new Map();
  let halt = (): void => {};
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
  });

  const begin = async (key: string, path: string, access: AccessReader | null): Promise<void> => {
    const signals = access === null ? deps.makeSignals(path) : null;
    const deliver = (batch: LineBatch): void => {
      // An error in one batch must not stop the source, because a stopped source loses all later lines.
      timers.now('reading a batch of lines', () => {
        if (signals !== null) deps.onSignals(signals(batch));
        else access?.feed(batch.bytes);
      });
    };
    // Access logs have no saved position: old lines would count for the wrong minute.
    const cursors = access === null ? deps.cursors : null;
    const source = openSource(
      path,
      deps.config,
      { clock: deps.clock, ticker, pulse, cursors },
      {
        deliver,
        onState({ kind, detail, trouble }) {
          if (trouble === null) deps.logger.info({ log: path, state: kind, detail }, 'log state changed');
          else deps.logger.warn({ log: path, trouble }, 'log position lost');
        },
      },
    );
    followed.set(key, { source, access });
    await source.start();
  };

  /** Starts the logs one after another, so that a thousand of them do not block the event loop. */
  const beginAll = async (asked: ReadonlyMap<string, () => Promise<void>>): Promise<void> => {
    const begun: Promise<void>[] = [];
    for (const [key, start] of asked) {
      if (wanted !== asked) break;
      if (followed.has(key)) continue;
      begun.push(start().catch((err: unknown) => deps.logger.error({ err, log: key }, 'following a log failed')));
      await ticker.turn();
    }
    await Promise.all(begun);
  };

  return {
    async follow(errorLogs, accessLogs) {
      if (wanted === null) return;
      const asked = new Map<string, () => Promise<void>>();
      for (const path of errorLogs) asked.set(`error ${path}`, () => begin(`error ${path}`, path, null));
      for (const log of accessLogs) {
        const key = `access ${log.path} ${log.escape} ${log.format}`;
        asked.set(key, () => begin(key, log.path, createAccessReader(log.format, log.escape, tally)));
      }
      wanted = asked;
      const gone = [...followed].filter(([key]) => !asked.has(key));
      for (const [key] of gone) followed.delete(key);
      await Promise.all(gone.map(([, { source }]) => source.stop()));
      const settled = beginAll(asked);
      let cancel = (): void => {};
      const late = new Promise<void>((resolve) => {
        cancel = ticker.after(SETTLE_MS, resolve);
      });
      await Promise.race([settled, late, halted]).finally(() => cancel());
    },
    takeAccess() {
      const at = deps.clock.now();
      const sources = [...followed.values()].filter(({ access }) => access !== null).map(({ source }) => source);
      const [first] = sources;
      if (first === undefined) return null;
      const until = deps.clock.monotonicMs();
      const intervalMs = Math.round(until - accessSince);
      accessSince = until;
      if (sources.every((source) => SHUT.has(source.state().kind))) {
        return { probe: 'access', at, ok: false, reason: 'denied', detail: `${first.name} cannot be read` };
      }
      return { probe: 'access', at, ok: true, data: tally.take(intervalMs) };
    },
    states: () => [...followed.values()].map(({ source }) => ({ name: source.name, state: source.state() })),
    async stop() {
      wanted = null;
      halt();
      await Promise.all([...followed.values()].map(({ source }) => source.stop()));
    },
  };
}
