/** The scopes of the bot token, as in manifest.yml. Slack sends them in a header of every answer. */
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
