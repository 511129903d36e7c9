/** The `nginx` section of the config: every key overrides what discovery would find by itself. */
import { z } from 'zod';

const absolutePath = z.string().regex(/^\//, 'must be an absolute path');

export const nginxConfig = z.strictObject({
  binary: absolutePath
    .optional()
    .describe('nginx whose built-in paths count; default: the executable of the master process (it is read, not run)'),
  config: absolutePath.optional().describe('Main configuration file; also chooses among several running nginx'),
  prefix: absolutePath.optional().describe('What relative paths are relative to (`nginx -p`)'),
  pidFile: absolutePath.optional().describe('File that names the master process; also chooses among several nginx'),
  stubStatusUrl: z
    .string()
    .regex(
      /^(https?:\/\/[^/]+\/|http\+unix:\/\/\/[^:]+:\/)/,
      'must be http://…/…, https://…/… or http+unix:///socket:/…',
    )
    .optional()
    .describe('The stub_status page; http, https or http+unix (`http+unix:///run/nginx.sock:/status`)'),
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
