/**
 * What most error logs are full of. A pattern is looked for by the word of it that is rarest here; nothing but speed
 * depends on this text.
 */
const COMMON_TEXT = [
  '2026/01/01 00:00:00 [error] 7#7: *1 open() "/usr/share/nginx/html/index.php" failed (2: No such file or directory)',
  ' directory index of "/var/www/html/" is forbidden, client: 192.0.2.1, server: www.example.com, request: "GET / HTTP/1.1"',
  ', subrequest: "/auth", upstream: "http://127.0.0.1:8080/", upstream: "fastcgi://unix:/run/php-fpm.sock:", host: "a"',
  ', referrer: "https://www.example.com/" while connecting to upstream while reading response header from upstream',
  ' while reading upstream while sending request to upstream while sending to client while reading client request headers',
  ' while SSL handshaking while logging request while keepalive, client: ::1 "POST /api HTTP/2.0" is not found was not found',
  ' access forbidden user password mismatch SSL_do_handshake() failed (SSL: error:) while ',
  ' client closed connection server name connection upstream server [warn] [info] [crit] [notice] [debug] http method',
].join('');

const WORD = 4;
const WHOLE_WEIGHT = 100;
const known = new Map<string, number>();

/** How often the window itself, a hundred times over, and its four-byte words occur in ordinary logs. */
export function commonness(window: readonly number[]): number {
  const text = String.fromCharCode(...window);
  const before = known.get(text);
  if (before !== undefined) return before;
  let total = WHOLE_WEIGHT * (COMMON_TEXT.split(text).length - 1);
  for (let at = 0; at + WORD <= text.length; at++) if (COMMON_TEXT.includes(text.slice(at, at + WORD))) total++;
  known.set(text, total);
  return total;
}
