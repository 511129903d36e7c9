/** Short-lived permissions: trigger ids (3 s, once) and response URLs (30 min, five uses). */
import { randomBytes } from 'node:crypto';
import type { WallTime } from '../../../core/clock.ts';

const TRIGGER_MS = 3_000;
const RESPONSE_URL_MS = 30 * 60_000;
const RESPONSE_URL_USES = 5;
// Long enough to answer `expired_…` instead of `invalid_…`, short enough for a demo that runs for weeks.
const FORGET_AFTER_MS = 2 * 60 * 60_000;

/** The place to which a response URL may answer. */
export interface ResponseContext {
  readonly kind: 'commands' | 'actions';
  readonly channel: string;
  readonly user: string;
  /** The clicked message. */
  readonly messageTs?: string;
  readonly ephemeral?: boolean;
}

interface OpenUrl {
  readonly context: ResponseContext;
  readonly until: number;
  uses: number;
}

export class TicketStore {
  readonly #triggers = new Map<string, { readonly user: string; readonly until: number; used: boolean }>();
  readonly #urls = new Map<string, OpenUrl>();
  readonly #clock: WallTime;

  constructor(clock: WallTime) {
    this.#clock = clock;
  }

  trigger(user: string): string {
    this.#forget(this.#triggers);
    const id = `${this.#clock.now()}.${randomBytes(16).toString('hex')}`;
    this.#triggers.set(id, { user, until: this.#clock.now() + TRIGGER_MS, used: false });
    return id;
  }

  /** The person of a trigger id, or Slack's error name. */
  redeem(id: string): { readonly user: string } | { readonly error: string } {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return { error: 'invalid_trigger_id' };
    if (trigger.used) return { error: 'exchanged_trigger_id' };
    if (this.#clock.now() > trigger.until) return { error: 'expired_trigger_id' };
    trigger.used = true;
    return { user: trigger.user };
  }

  /** The secret path of a new response URL, `commands/T…/…`. */
  responsePath(context: ResponseContext): string {
    this.#forget(this.#urls);
    const path = `${context.kind}/T0LOCALTEAM/${randomBytes(16).toString('hex')}`;
    this.#urls.set(path, { context, until: this.#clock.now() + RESPONSE_URL_MS, uses: 0 });
    return path;
  }

  /** Whether this URL was issued, used up or not. */
  knowsResponsePath(path: string): boolean {
    return this.#urls.has(path);
  }

  /** Counts one use. */
  useResponsePath(path: string): { readonly context: ResponseContext } | { readonly error: string } {
    const url = this.#urls.get(path);
    if (url === undefined) return { error: 'invalid_url' };
    if (this.#clock.now() > url.until) return { error: 'expired_url' };
    if (url.uses >= RESPONSE_URL_USES) return { error: 'used_url' };
    url.uses += 1;
    return { context: url.context };
  }

  /** Both maps are in order of creation, so old entries come first. */
  #forget(tickets: Map<string, { readonly until: number }>): void {
    for (const [id, { until }] of tickets) {
      if (until + FORGET_AFTER_MS > this.#clock.now()) return;
      tickets.delete(id);
    }
  }
}
