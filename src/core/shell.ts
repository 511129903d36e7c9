/**
 * Quotes text of a configuration, a log, /proc or a host name for commands that people paste. The result is one word, or
 * one comment, in every POSIX shell and in zsh.
 */

/** Text without special characters of a shell. `~` and `=` are special at the beginning of a word (zsh: `=ls`). */
const PLAIN = /^[\w@%+:,./][\w@%+=:,./-]*$/;

function literal(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** One operand. A leading dash would make it an option of the command: `./-x` names the same file, and no host. */
export function quoted(word: string): string {
  return literal(word.startsWith('-') ? `./${word}` : word);
}

/** The command that was run, with its options. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^-\w+$/.test(word) ? word : literal(word))).join(' ');
}

/** `# text`, on one line whatever the text holds. Interactive zsh runs what follows a `#`, so its words are quoted too. */
export function comment(text: string): string {
  const words = text.split(/[\s\0]+/).filter((word) => word !== '');
  return ['#', ...words.map(literal)].join(' ');
}
