/** The state of the local Slack: the Web API writes it, the page and the tests read it. */
import type { WallTime } from '../../../core/clock.ts';
import { type Channel, createDirectory, type Directory } from './directory.ts';
import { FileStore } from './files.ts';
import { createIds, type Ids } from './ids.ts';
import { MessageStore } from './messages.ts';
import { TicketStore } from './tickets.ts';
import { createTsSource, type TsSource } from './ts-source.ts';
import { ViewStore } from './views.ts';

export interface Workspace {
  readonly directory: Directory;
  readonly clock: WallTime;
  readonly ids: Ids;
  readonly ts: TsSource;
  readonly messages: MessageStore;
  readonly views: ViewStore;
  readonly files: FileStore;
  readonly tickets: TicketStore;
  /** Adds a channel, or replaces the one of that id. */
  putChannel(channel: Channel): void;
  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export interface WorkspaceOptions {
  readonly clock: WallTime;
  readonly directory?: Partial<Directory>;
  /** How long an upload has no type yet. */
  readonly fileScanMs?: number;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { clock } = options;
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const ids = createIds();
  const ts = createTsSource(clock);
  const directory = createDirectory(options.directory);
  const channels = [...directory.channels];
  return {
    directory: { ...directory, channels },
    clock,
    ids,
    ts,
    messages: new MessageStore(ids, ts, changed),
    views: new ViewStore(ids, changed),
    files: new FileStore(ids, clock, options.fileScanMs ?? 200, changed),
    tickets: new TicketStore(clock),
    putChannel(channel) {
      const at = channels.findIndex(({ id }) => id === channel.id);
      if (at < 0) channels.push(channel);
      else channels[at] = channel;
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
