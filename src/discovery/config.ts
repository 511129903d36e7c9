/** The `nginx` section of the config. Every key overrides a result of discovery. */
import { z } from 'zod';
import { CONFIG_LIMITS, type ConfigLimits } from '../nginx/config-budget.ts';

const absolutePath = z.string().regex(/^\//, 'must be an absolute path');

const limit = (what: keyof ConfigLimits, most: number) =>
  z.number().int().min(1).max(most).default(CONFIG_LIMITS[what]);

export const nginxConfig = z.strictObject({
  binary: absolutePath
    .optional()
    .describe(
      'The nginx binary whose built-in paths are used; default: the executable of the master process (it is read, not run)',
    ),
  config: absolutePath.optional().describe('Main configuration file; it also selects one of several running nginx'),
  prefix: absolutePath.optional().describe('Folder of relative paths (`nginx -p`)'),
  pidFile: absolutePath
    .optional()
    .describe('File with the pid of the master process; it also selects one of several running nginx'),
  stubStatusUrl: z
    .string()
    .regex(
      /^(https?:\/\/[^/]+\/|http\+unix:\/\/\/[^:]+:\/)/,
      'must be http://…/…, https://…/… or http+unix:///socket:/…',
    )
    .optional()
    .describe('The stub_status page; http, https or http+unix (`http+unix:///run/nginx.sock:/status`)'),
  configLimits: z
    .strictObject({
      files: limit('files', 1_000_000).describe(
        'Files of the configuration that are read; a repeated include counts each time',
      ),
      characters: limit('characters', 512 * 1024 * 1024).describe(
        'Characters of the configuration that are read; of one file at most 16 MiB are',
      ),
      words: limit('words', 50_000_000).describe(
        'Names and arguments of directives that are read; a million takes about 500 MB of memory',
      ),
      names: limit('names', 1_000_000_000).describe('File names that are compared with include patterns'),
    })
    .optional()
    .describe('Limits of reading the configuration; the rest is reported and not read'),
  errorLogs: z
    .array(z.string().min(1))
    .optional()
    .describe('Error logs to follow instead of those of the configuration'),
  accessLogs: z
    .array(
      z.strictObject({
        path: z.string().min(1).describe('The file'),
        format: z.string().min(1).optional().describe('Its log_format text; default: combined'),
        escape: z.enum(['default', 'json', 'none']).default('default').describe('`escape=` of that log_format'),
      }),
    )
    .optional()
    .describe('Access logs to follow instead of those of the configuration'),
});
export type NginxConfig = z.infer<typeof nginxConfig>;
