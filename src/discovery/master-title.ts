/** Parses the options of an nginx from its process title or command line (src/core/nginx.c, ngx_get_options). */

export interface StartOptions {
  /** As typed: `nginx`, `/usr/sbin/nginx`, `./sbin/nginx`. */
  readonly command: string;
  readonly config: string | null;
  readonly prefix: string | null;
  readonly errorLog: string | null;
  readonly globals: string | null;
}

const TITLE = 'nginx: master process ';
/** An nginx that only tests, prints or signals is not a running one. */
const ONE_SHOT = /^-[?hvVtTqs]/;
const BINARY = /(^|\/)(nginx|nginx-debug|openresty|angie|freenginx|tengine)$/;

/**
 * The title joins the arguments with spaces and forgets their borders, so the value of `-g` runs on until the next
 * word that is an option and follows a `;`.
 */
function joinGlobals(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    joined.push(words[at] ?? '');
    if (words[at] !== '-g' || at + 1 === words.length) continue;
    const from = at + 1;
    // Joined once: a title may have a million words, and anybody may give himself one.
    for (at = from; at + 1 < words.length && !isNextOption(words, at); at++);
    joined.push(words.slice(from, at + 1).join(' '));
  }
  return joined;
}

const isNextOption = (words: readonly string[], at: number): boolean =>
  words[at]?.endsWith(';') === true && /^-[cpegtTqvVhs?]/.test(words[at + 1] ?? '');

function readOptions(words: readonly string[]): StartOptions {
  const [command = 'nginx', ...rest] = words;
  const found: Record<string, string> = {};
  for (let i = 0; i < rest.length; i += 1) {
    const [, letter, glued] = /^-([cpge])(.*)$/s.exec(rest[i] ?? '') ?? [];
    if (letter === undefined) continue;
    if (!glued) i += 1;
    found[letter] = glued || (rest[i] ?? '');
  }
  const { c: config = null, p: prefix = null, e: errorLog = null, g: globals = null } = found;
  return { command, config, prefix, errorLog, globals };
}

/** `text` is /proc/PID/cmdline; null when that process is neither a master nor an nginx in single-process mode. */
export function readMasterTitle(text: string): StartOptions | null {
  if (text.startsWith(TITLE)) {
    const words = text.slice(TITLE.length).replace(/\0+$/, '').split(' ');
    return readOptions(joinGlobals(words));
  }
  const words = text.split('\0').slice(0, -1);
  if (!BINARY.test(words[0] ?? '') || words.some((word) => ONE_SHOT.test(word))) return null;
  return readOptions(words);
}
