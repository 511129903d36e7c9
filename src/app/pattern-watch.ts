/**
 * Takes up changes of the user's pattern folders while the service runs. A file may be written in any way: what is
 * there counts once it has stayed the same for a look. Patterns with a mistake are told once and change nothing.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { createTimers } from './timers.ts';

export interface PatternWatchDeps {
  readonly folders: readonly string[];
  readonly logger: Logger;
  /** Reads the folders; throws GapwatchError naming every mistake with file and line. */
  reload(): void;
}

export interface PatternWatch {
  /** One look. */
  look(): void;
  start(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 1000;

/** Changes with every change of a pattern file's content, name or place. */
function fingerprintOf(folders: readonly string[]): string {
  return folders.map(folderPrint).join('\n');
}

function folderPrint(folder: string): string {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
    return names
      .sort()
      .map((name) => filePrint(join(folder, name)))
      .join('\n');
  } catch (error) {
    return `${folder} ${(error as NodeJS.ErrnoException).code}`;
  }
}

function filePrint(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? `${path} gone` : `${path} ${stat.dev}:${stat.ino} ${stat.size} ${stat.ctimeNs}`;
}

/** Takes what the folders hold now as known: to be made right before they are first read. */
export function createPatternWatch({ folders, logger, reload }: PatternWatchDeps): PatternWatch {
  let known = fingerprintOf(folders);
  let seen = known;
  const timers = createTimers(logger);
  let end: (() => void) | null = null;

  function take(): void {
    try {
      reload();
      logger.info({ folders }, 'patterns taken up');
    } catch (error) {
      if (!(error instanceof GapwatchError)) throw error;
      logger.warn({ reason: error.message }, 'patterns not taken up, those of before stay in use');
    }
  }

  function look(): void {
    const now = fingerprintOf(folders);
    const isStill = now === seen;
    seen = now;
    if (!isStill || now === known) return;
    known = now;
    take();
  }

  return {
    look,
    start() {
      if (folders.length > 0) end ??= timers.every(LOOK_EVERY_MS, 'looking at the pattern folders', look);
    },
    stop() {
      end?.();
      end = null;
    },
  };
}
