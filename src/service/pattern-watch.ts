/**
 * Reloads the user's pattern folders when their files change. A change counts when two scans in a row find the same
 * files. Invalid patterns are reported once and ignored: the previous catalogue stays in use.
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
  /** Reads the folders. Throws with every mistake, its file and its line. */
  reload(): void;
  /** Called when `trouble()` changes. */
  onTrouble?(): void;
}

export interface PatternWatch {
  /** Runs one scan. */
  scan(): void;
  /** Reports that the patterns are invalid; `error` says why. */
  reject(error: unknown): void;
  /** The reason why the user patterns are not in use; null when they are. */
  trouble(): NotObservable | null;
  start(): void;
  stop(): void;
}

const SCAN_EVERY_MS = 1000;
/** A failed reload is retried after this number of scans, because its reason may lie outside the files. */
const RETRY_AFTER_SCANS = 60;
/** The catalogue accepts at most this number of files of a folder. */
const MOST_FILES = 1001;

/** Changes with the content, name or place of any pattern file. */
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

/** Treats the present files as loaded. Must be created before they are first read. */
export function createPatternWatch({ folders, logger, reload, onTrouble }: PatternWatchDeps): PatternWatch {
  let loaded = fingerprintOf(folders);
  let lastScan = loaded;
  const timers = createTimers(logger);
  let end: (() => void) | null = null;

  let because: string | null = null;
  let scansSince = 0;

  function setTrouble(reason: string | null): void {
    const isNew = reason !== because;
    because = reason;
    if (isNew) onTrouble?.();
  }

  function reject(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== because) logger.warn({ reason }, 'patterns rejected, previous patterns stay in use');
    setTrouble(reason);
  }

  function tryReload(): void {
    scansSince = 0;
    try {
      reload();
    } catch (error) {
      reject(error);
      return;
    }
    logger.info({ folders }, 'patterns reloaded');
    setTrouble(null);
  }

  function scan(): void {
    const now = fingerprintOf(folders);
    const isStable = now === lastScan;
    lastScan = now;
    scansSince += 1;
    const wasTried = now === loaded && (because === null || scansSince < RETRY_AFTER_SCANS);
    if (!isStable || wasTried) return;
    loaded = now;
    tryReload();
  }

  return {
    scan,
    reject,
    trouble: () => (because === null ? null : blindSpot(folders, because)),
    start() {
      if (folders.length > 0) end ??= timers.every(SCAN_EVERY_MS, 'scanning the pattern folders', scan);
    },
    stop() {
      end?.();
      end = null;
    },
  };
}
