#!/usr/bin/env node
/**
 * The `gapwatch` command. `commands/` declares the options of each subcommand; its code in `actions/` is loaded when it
 * is called, so `--help` does not load Bolt. Maps errors to exit codes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { GapwatchError } from '../core/errors.ts';
import { EXIT, type Io } from './io.ts';
import { createLogger } from './logger.ts';
import { guarded } from './terminal.ts';

interface CommandModule {
  register(program: Command, io: Io): void;
}

const COMMANDS = new URL('./commands/', import.meta.url);

function commandNames(): string[] {
  const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return readdirSync(fileURLToPath(COMMANDS))
    .filter((file) => file.endsWith(own) && !file.endsWith(`.d${own}`))
    .map((file) => file.slice(0, -own.length))
    .sort();
}

async function load(name: string): Promise<CommandModule> {
  const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return (await import(new URL(`${name}${own}`, COMMANDS).href)) as CommandModule;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

function processIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));
  const stderr = guarded(process.stderr);
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: guarded(process.stdout),
    stderr,
    screen: process.stderr.isTTY ? process.stderr : null,
    logger: createLogger(process.env, stderr),
    stopped: stop.signal,
    exit(code) {
      process.exitCode = code;
    },
  };
}

function report(error: unknown, io: Io): void {
  if (error instanceof CommanderError) {
    io.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    return;
  }
  if (error instanceof GapwatchError) {
    io.stderr.write(`gapwatch: ${error.message}${error.hint ? `\n  ${error.hint}` : ''}\n`);
    io.exit(error.code === 'USAGE' ? EXIT.usage : error.code === 'CONFIG' ? EXIT.config : EXIT.internal);
    return;
  }
  io.logger.error({ err: error }, 'internal error');
  io.exit(EXIT.internal);
}

async function main(argv: readonly string[]): Promise<void> {
  // Files created here and by child processes are readable by our user only.
  process.umask(0o077);
  const io = processIo();
  const program = new Command('gapwatch')
    .description('Names the cause when nginx runs out of connections, with evidence and the fix.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(run with --help for the options)')
    .showSuggestionAfterError();
  for (const command of await Promise.all(commandNames().map(load))) command.register(program, io);
  for (const command of program.commands) command.exitOverride();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader such as `head` closes the pipe early; that is no error.
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    io.stderr.write(`gapwatch: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT.internal);
  });
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
  } catch (error) {
    report(error, io);
  }
}

await main(process.argv.slice(2));
