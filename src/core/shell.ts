/**
 * The one place that puts text of a configuration, a log, /proc or a host name into a command that people paste. What
 * these functions answer is one word, or one comment, for every POSIX shell and for zsh.
 */

/** Nothing in it means anything to a shell. `~` and `=` mean something at the beginning of a word (zsh: `=ls`). */
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
