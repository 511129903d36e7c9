/** The context of one Web API call, and the error with which a method refuses it. */
import type { Faults } from '../faults.ts';
import { isJson, type Json, text } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';

export interface Call {
  readonly workspace: Workspace;
  readonly faults: Faults;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly args: Json;
  /** A new `ws://…` address for Socket Mode. */
  openSocketUrl(): string;
}

export type Method = (call: Call) => Json;

/** Slack's `{ ok: false, error }`: the error name, and sentences for `response_metadata.messages`. */
export class SlackRefusal extends Error {
  override readonly name = 'SlackRefusal';
  readonly error: string;
  readonly messages: readonly string[];

  constructor(error: string, messages: readonly string[] = []) {
    super(error);
    this.error = error;
    this.messages = messages;
  }
}

/** A mandatory string argument. Refuses with the given error when it is absent or empty. */
export function needed(args: Json, key: string, error = 'invalid_arguments'): string {
  const value = text(args[key]);
  if (value === undefined || value === '') {
    throw new SlackRefusal(error, [`[ERROR] missing required field: ${key}`]);
  }
  return value;
}

/** An argument that is JSON in a string (form bodies) or plain JSON (JSON bodies); undefined when absent. */
export function structured(args: Json, key: string): unknown {
  const value = args[key];
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new SlackRefusal('invalid_json', [`[ERROR] ${key} is not valid JSON`]);
  }
}

export function neededObject(args: Json, key: string): Json {
  const value = structured(args, key);
  if (!isJson(value)) throw new SlackRefusal('invalid_arguments', [`[ERROR] missing required field: ${key}`]);
  return value;
}
