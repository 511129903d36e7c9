/**
 * Takes up changes of the user's pattern folders while the service runs. A file may be written in any way: what is
 * there counts once it has stayed the same for a look. Patterns with a mistake are told once and change nothing; whatever
 * is in the folders, the service goes on with what it had, and with its own patterns when it had nothing.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NotObservable } from '../core/diagnosis.ts';
import type { Logger } from '../core/logger.ts';
import { commandLine } from '../core/shell.ts';
import { createTimers } from './timers.ts';

export interface PatternWatchDeps {
  readonly folders: readonly string[];
  readonly logger: Logger;
  /** Reads the folders; throws naming every mistake with file and line. */
  reload(): void;
  /** `trouble()` is another one. */
  onTrouble?(): void;
}

export interface PatternWatch {
  /** One look. */
  look(): void;
  /** The patterns could not be taken up: `error` says why. */
  wrong(error: unknown): void;
  /** Why patterns of the folders are not in use; null when they are. */
  trouble(): NotObservable | null;
  start(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 1000;
/** What failed is tried again after so many looks: the reason may lie outside of the files. */
const AGAIN_AFTER_LOOKS = 60;
/** The catalogue takes no more of one folder. */
const MOST_FILES = 1001;

/** Changes with every change of a pattern file's content, name or place. */
function fingerprintOf(folders: readonly string[]): string {
  return folders.map(folderPrint).join('\n');
}

function folderPrint(folder: string): string {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
    return names
      .sort()
      .slice(0, MOST_FILES)
      .map((name) => filePrint(join(folder, name)))
      .join('\n');
  } catch (error) {
    return `${folder} ${(error as NodeJS.ErrnoException).code}`;
  }
}

function filePrint(path: string): string {
  try {
    const { dev, ino, size, ctimeNs } = statSync(path, { bigint: true });
    return `${path} ${dev}:${ino} ${size} ${ctimeNs}`;
  } catch (error) {
    return `${path} ${(error as NodeJS.ErrnoException).code}`;
  }
}

const blindSpot = (folders: readonly string[], because: string): NotObservable => ({
  what: 'lines that your own patterns match',
  because,
  remedy: folders.map((folder) => commandLine(['gapwatch', 'match', '--check', '--patterns', folder])).join('\n'),
});

/** Takes what the folders hold now as known: to be made right before they are first read. */
export function createPatternWatch({ folders, logger, reload, onTrouble }: PatternWatchDeps): PatternWatch {
  let known = fingerprintOf(folders);
  let seen = known;
  const timers = createTimers(logger);
  let end: (() => void) | null = null;

  let because: string | null = null;
  let looksSince = 0;

  function become(reason: string | null): void {
    const isOther = reason !== because;
    because = reason;
    if (isOther) onTrouble?.();
  }

  function wrong(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== because) logger.warn({ reason }, 'patterns not taken up, the others stay in use');
    become(reason);
  }

  function take(): void {
    looksSince = 0;
    try {
      reload();
    } catch (error) {
      wrong(error);
      return;
    }
    logger.info({ folders }, 'patterns taken up');
    become(null);
  }

  function look(): void {
    const now = fingerprintOf(folders);
    const isStill = now === seen;
    seen = now;
    looksSince += 1;
    const isTried = now === known && (because === null || looksSince < AGAIN_AFTER_LOOKS);
    if (!isStill || isTried) return;
    known = now;
    take();
  }

  return {
    look,
    wrong,
    trouble: () => (because === null ? null : blindSpot(folders, because)),
    start() {
      if (folders.length > 0) end ??= timers.every(LOOK_EVERY_MS, 'looking at the pattern folders', look);
    },
    stop() {
      end?.();
      end = null;
    },
  };
}
