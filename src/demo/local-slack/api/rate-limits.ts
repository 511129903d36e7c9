/** Slack's published rate limits (docs: "Rate limits", tiers per method, app and workspace), as token buckets. */
import type { WallTime } from '../../../core/clock.ts';
import { type Json, text } from '../state/json.ts';

interface Limit {
  readonly perMinute: number;
  readonly burst: number;
  readonly perChannel?: boolean;
}

const TIER_2: Limit = { perMinute: 20, burst: 20 };
const TIER_3: Limit = { perMinute: 50, burst: 50 };
const TIER_4: Limit = { perMinute: 100, burst: 100 };

const LIMITS: Readonly<Record<string, Limit>> = {
  // "generally one message per second per channel, short bursts allowed"
  'chat.postMessage': { perMinute: 60, burst: 3, perChannel: true },
  'chat.update': TIER_3,
  'chat.delete': TIER_3,
  'conversations.history': TIER_3,
  'conversations.replies': TIER_3,
  'conversations.info': TIER_3,
  'conversations.list': TIER_2,
  'usergroups.list': TIER_2,
  'usergroups.users.list': TIER_2,
  'users.list': TIER_2,
};

export interface RateLimiter {
  /** Seconds to wait when this call is over the limit, else 0. */
  refuse(method: string, args: Json): number;
}

export function createRateLimiter(clock: WallTime): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    refuse(method, args) {
      const limit = LIMITS[method] ?? TIER_4;
      const key = limit.perChannel === true ? `${method} ${text(args.channel) ?? ''}` : method;
      const now = clock.now();
      const bucket = buckets.get(key) ?? { tokens: limit.burst, at: now };
      buckets.set(key, bucket);
      const perMs = limit.perMinute / 60_000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + (now - bucket.at) * perMs);
      bucket.at = now;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000));
      bucket.tokens -= 1;
      return 0;
    },
  };
}
