/** Creates the source for a log's name: a path, a pattern of paths, or a syslog target of nginx's configuration. */
import { isGlob } from '../nginx/glob.ts';
import type { FollowConfig } from './config.ts';
import { unframed } from './framing/unframed.ts';
import type { LogSource, SourceEvents } from './source.ts';
import { createFileSource, type FileSourceDeps } from './sources/file.ts';
import { createGlobSource } from './sources/glob.ts';
import { createSyslogSource, parseSyslogTarget } from './sources/syslog.ts';
import { createTailFileSource } from './sources/tail-file.ts';

/** A service that is asked to stop ends within 5 s, however long the log has become. */
const DRAIN_MS = 2000;

function openFileSource(
  path: string,
  fromStart: boolean,
  config: FollowConfig,
  deps: FileSourceDeps,
  events: SourceEvents,
): LogSource {
  if (config.source === 'tail-file') return createTailFileSource({ path, fromStart }, deps, events);
  const { lingerMs, maxLineBytes } = config;
  return createFileSource({ path, fromStart, lingerMs, maxLineBytes, drainMs: DRAIN_MS }, deps, events);
}

/** The source is not started yet. Container framing is taken off files. */
export function openSource(
  target: string,
  config: FollowConfig,
  deps: FileSourceDeps,
  events: SourceEvents,
): LogSource {
  const address = parseSyslogTarget(target);
  if (address !== null) return createSyslogSource({ name: target, address }, deps, events);
  const { framing, maxLineBytes } = config;
  const file = framing === 'none' ? events : { ...events, deliver: unframed(framing, maxLineBytes, events.deliver) };
  if (!isGlob(target)) return openFileSource(target, false, config, deps, file);
  return createGlobSource(target, deps.pulse, (path, isNew) => openFileSource(path, isNew, config, deps, file));
}
