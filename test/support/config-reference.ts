/** The config reference of the README, printed from the schema. */
import { type KnownKey, knownKeys } from '../../src/config/known-keys.ts';
import { configSchema } from '../../src/config/schema.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row({ key, description, defaultJson }: KnownKey): string {
  return `| \`${key}\` | ${defaultJson === null ? '' : `\`${cell(defaultJson)}\``} | ${cell(description)} |`;
}

/** A Markdown table: key, default, meaning. */
export function configReference(): string {
  return ['| key | default | what it is |', '| --- | --- | --- |', ...knownKeys(configSchema).map(row)].join('\n');
}
