/** Schema of the `slack` config section. Holds no secrets: `cli` passes them from the environment. */
import { z } from 'zod';

const channel = z
  .string()
  .regex(/^[CGD][A-Z0-9]{2,20}$/, 'must be a channel id such as C0123456789 (channel details, at the bottom)');
const userId = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'must be a user id such as U0123456789');
const groupId = z.string().regex(/^S[A-Z0-9]{2,20}$/, 'must be a user group id such as S0123456789');
const severity = z.enum(['critical', 'warning', 'info']);

const keepsTokensPrivate = (url: string): boolean =>
  /^https:/i.test(url) || /^http:\/\/(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)(?::\d+)?(?:\/|$)/i.test(url);

const route = z.strictObject({
  severity: z.array(severity).min(1).optional().describe('Severities of this route; default: all'),
  host: z.string().min(1).optional().describe('Host name with * and ? as wildcards; default: all'),
  channel: channel.describe('Channel id for incidents of this route'),
});

const allow = z.strictObject({
  channels: z
    .array(channel)
    .default([])
    .describe('Channels where commands are answered; empty: all, and the App Home as well'),
  users: z.array(userId).default([]).describe('Users who may acknowledge, snooze, resolve and mute'),
  userGroups: z
    .array(groupId)
    .default([])
    .describe('User groups who may do so; with no users and no groups, every member of the workspace may'),
  muteAll: z
    .array(z.union([userId, groupId], { error: 'must be the id of a user or of a user group' }))
    .default([])
    .describe('Of these, the users and user groups who may mute without naming a cause; empty: all of them'),
  guests: z
    .boolean()
    .default(false)
    .describe('Whether guests of the workspace may act too; members of other workspaces never may'),
});

const storm = z.strictObject({
  incidents: z.number().int().min(2).max(100).default(5).describe('New incidents in one channel that make a storm'),
  withinMs: z.number().int().min(1000).max(3_600_000).default(60_000).describe('Time in which they must open, in ms'),
});

const incidentChannels = z.strictObject({
  enabled: z.boolean().default(false).describe('Make a channel #inc-nginx-… for each incident'),
  severities: z
    .array(severity)
    .min(1)
    .default(['critical'])
    .describe('Severities of incidents that get a channel when they open'),
  users: z.array(userId).default([]).describe('Users to invite'),
  userGroups: z.array(groupId).default([]).describe('User groups whose members to invite'),
});

const delivery = z.strictObject({
  postIntervalMs: z
    .number()
    .int()
    .min(1)
    .max(60_000)
    .default(1000)
    .describe('Least time between two posts in a channel, in ms'),
  editIntervalMs: z
    .number()
    .int()
    .min(1)
    .max(600_000)
    .default(5000)
    .describe('Least time between two edits in a channel, in ms'),
  settleMs: z
    .number()
    .int()
    .min(1)
    .max(60_000)
    .default(3000)
    .describe('Delay after a lost answer before checking whether the message arrived, in ms'),
});

export const slackConfig = z.strictObject({
  apiUrl: z
    .url()
    .refine(keepsTokensPrivate, 'must be https, or http on the loopback interface: tokens travel over it')
    .default('https://slack.com/api/')
    .describe('Web API address; SLACK_API_URL wins over it'),
  channel: channel.optional().describe('Channel id for incidents; needed with a real workspace'),
  digestChannel: channel.optional().describe('Channel id for the digest; default: slack.channel'),
  mode: z
    .enum(['socket', 'http'])
    .default('socket')
    .describe('How Slack reaches gapwatch: Socket Mode needs no open port'),
  host: z
    .union([z.ipv4(), z.ipv6(), z.literal('localhost')], { error: 'must be an IP address of this machine' })
    .default('127.0.0.1')
    .describe('Address to listen on in http mode: a reverse proxy with TLS belongs in front; 0.0.0.0 is every network'),
  port: z.number().int().min(0).max(65_535).default(3000).describe('Port to listen on in http mode'),
  allow: allow.prefault({}).describe('Who may ask and who may act'),
  routes: z.array(route).default([]).describe('The first matching route is used; else slack.channel'),
  mentionUserGroup: groupId.optional().describe('User group that a new critical incident mentions'),
  storm: storm.prefault({}).describe('When a burst of incidents becomes one message'),
  incidentChannels: incidentChannels
    .prefault({})
    .describe('A separate channel for each incident; needs the scopes channels:manage and channels:read'),
  clientAddresses: z
    .enum(['mask', 'keep'])
    .default('mask')
    .describe('Whether client addresses are shown in Slack: mask hides their last part'),
  delivery: delivery.prefault({}).describe("Slack's own rate limits; change them for a local Slack only"),
});
export type SlackConfig = z.infer<typeof slackConfig>;
