/**
 * The directory of the local Slack: one team, its app, people, user groups and channels. It does not change at run
 * time.
 */

export interface Person {
  readonly id: string;
  /** Login name, `ana`. */
  readonly name: string;
  readonly realName: string;
  /** The id of another team makes this a Slack Connect user. */
  readonly teamId?: string;
  /** In one channel or in several. */
  readonly guest?: 'single-channel' | 'multi-channel';
}

export interface Channel {
  /** Invited people, of a channel that the app created. */
  readonly invited?: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  /** Whether the bot is a member. Default true. */
  readonly member?: boolean;
  readonly archived?: boolean;
  readonly shared?: boolean;
}

interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly users: readonly string[];
}

interface SlashCommand {
  readonly command: string;
  readonly description: string;
  /** Words that the composer suggests after the command. */
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

export interface Directory {
  readonly teamId: string;
  readonly teamName: string;
  readonly appId: string;
  readonly appName: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly people: readonly Person[];
  readonly channels: readonly Channel[];
  readonly userGroups: readonly UserGroup[];
  readonly commands: readonly SlashCommand[];
}

const PEOPLE: readonly Person[] = [
  { id: 'U0LOCALANA', name: 'ana', realName: 'Ana Ruiz' },
  { id: 'U0LOCALBEN', name: 'ben', realName: 'Ben Okafor' },
  { id: 'U0STRANGER', name: 'sam', realName: 'Sam (other company)', teamId: 'T0ELSEWHERE' },
];

const CHANNELS: readonly Channel[] = [
  { id: 'C0INCIDENTS', name: 'nginx-incidents', topic: 'What gapwatch sees, one message per incident' },
  { id: 'C0CAPACITY0', name: 'nginx-capacity', topic: 'The daily digest' },
];

const COMMANDS: readonly SlashCommand[] = [
  {
    command: '/nginx-status',
    description: 'Checks, incidents and capacity of this nginx',
    words: [
      { word: 'summary', description: 'The state of this nginx in one screen' },
      { word: 'why', description: 'The full differential: what it is, what it is not' },
      { word: 'checks', description: 'Every quick check, worst first' },
      { word: 'slots', description: 'Connection slots in use per worker' },
      { word: 'gap', description: 'Accepts minus handled: connections lost' },
      { word: 'fds', description: 'Open files per worker against the soft limit' },
      { word: 'backlog', description: 'Listen queues and their overflows' },
      { word: 'upstreams', description: 'Upstream peers: latency, errors, ejections' },
      { word: 'incidents', description: 'Open and recent incidents' },
      { word: 'audit', description: 'Capacity audit of the configuration' },
      { word: 'digest', description: 'The capacity digest now' },
      { word: 'doctor', description: 'What gapwatch cannot see, and the remedy' },
      { word: 'mute', description: 'mute 2h: no new messages for that long' },
      { word: 'help', description: 'Every word, explained' },
    ],
  },
];

/** The default directory, with any part replaced. */
export function createDirectory(changes: Partial<Directory> = {}): Directory {
  return {
    teamId: 'T0LOCALTEAM',
    teamName: 'Local preview',
    appId: 'A0GAPWATCH0',
    appName: 'gapwatch',
    botId: 'B0GAPWATCH0',
    botUserId: 'U0GAPWATCH0',
    people: PEOPLE,
    channels: CHANNELS,
    userGroups: [{ id: 'S0ONCALL000', handle: 'oncall', users: ['U0LOCALANA'] }],
    commands: COMMANDS,
    ...changes,
  };
}
