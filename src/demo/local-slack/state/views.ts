/** Modals (a stack of at most three for each person) and App Home tabs, in Slack's own wire form. */
import type { Ids } from './ids.ts';
import { type Json, jsonList } from './json.ts';

export interface View extends Json {
  readonly id: string;
  readonly type: string;
  readonly hash: string;
  readonly blocks: readonly Json[];
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly external_id: string;
  readonly root_view_id: string;
  readonly previous_view_id: string | null;
}

const MAX_STACK = 3;

export class ViewStore {
  readonly #stacks = new Map<string, View[]>();
  readonly #homes = new Map<string, View>();
  /** Field errors of the newest submission, by block id. */
  readonly #errors = new Map<string, Readonly<Record<string, string>>>();
  readonly #ids: Ids;
  readonly #changed: () => void;

  constructor(ids: Ids, changed: () => void) {
    this.#ids = ids;
    this.#changed = changed;
  }

  /** The open modal of this person. */
  top(user: string): View | undefined {
    return this.#stacks.get(user)?.at(-1);
  }

  home(user: string): View | undefined {
    return this.#homes.get(user);
  }

  find(match: { readonly id?: string | undefined; readonly externalId?: string | undefined }): View | undefined {
    const all = [...[...this.#stacks.values()].flat(), ...this.#homes.values()];
    if (match.id !== undefined) return all.find((view) => view.id === match.id);
    return all.find((view) => view.external_id !== '' && view.external_id === match.externalId);
  }

  errors(viewId: string): Readonly<Record<string, string>> {
    return this.#errors.get(viewId) ?? {};
  }

  setErrors(viewId: string, errors: Readonly<Record<string, string>>): void {
    this.#errors.set(viewId, errors);
    this.#changed();
  }

  open(user: string, view: Json): View {
    const id = this.#ids.next('V');
    const opened = this.#complete(view, id, id, null);
    this.#stacks.set(user, [opened]);
    this.#changed();
    return opened;
  }

  /** Undefined when three views are stacked already. */
  push(user: string, view: Json): View | undefined {
    const stack = this.#stacks.get(user) ?? [];
    const below = stack.at(-1);
    if (stack.length >= MAX_STACK) return undefined;
    const id = this.#ids.next('V');
    const pushed = this.#complete(view, id, below?.root_view_id ?? id, below?.id ?? null);
    this.#stacks.set(user, [...stack, pushed]);
    this.#changed();
    return pushed;
  }

  /** Replaces a modal or Home tab in place with a new hash; undefined when it is closed. */
  update(id: string, view: Json): View | undefined {
    for (const [user, home] of this.#homes) if (home.id === id) return this.publish(user, view);
    for (const [user, stack] of this.#stacks) {
      const at = stack.findIndex((open) => open.id === id);
      const old = stack[at];
      if (old === undefined) continue;
      const updated = this.#complete(view, id, old.root_view_id, old.previous_view_id);
      this.#stacks.set(user, stack.with(at, updated));
      this.#errors.delete(id);
      this.#changed();
      return updated;
    }
    return undefined;
  }

  close(user: string): void {
    const stack = this.#stacks.get(user) ?? [];
    this.#stacks.set(user, stack.slice(0, -1));
    this.#changed();
  }

  clear(user: string): void {
    this.#stacks.delete(user);
    this.#changed();
  }

  publish(user: string, view: Json): View {
    const id = this.#homes.get(user)?.id ?? this.#ids.next('V');
    const published = this.#complete(view, id, id, null);
    this.#homes.set(user, published);
    this.#changed();
    return published;
  }

  #complete(view: Json, id: string, rootId: string, previousId: string | null): View {
    return {
      callback_id: '',
      private_metadata: '',
      external_id: '',
      ...view,
      type: String(view.type),
      blocks: jsonList(view.blocks).map((block) => ({ block_id: this.#ids.next('b'), ...block })),
      id,
      hash: `${this.#ids.next('')}.hash`,
      root_view_id: rootId,
      previous_view_id: previousId,
    } as View;
  }
}
