/** What the bot token may do: Slack names it in a header of every answer. All that manifest.yml asks for. */
export const GRANTED_SCOPES: readonly string[] = [
  'chat:write',
  'commands',
  'users:read',
  'files:write',
  'files:read',
  'channels:manage',
  'channels:read',
  'channels:history',
  'groups:history',
  'usergroups:read',
];
