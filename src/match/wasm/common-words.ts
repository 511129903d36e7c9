/**
 * What most error logs are full of. A pattern is looked for by that word of it which costs least here; nothing but
 * speed depends on this text.
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
/** Cost in short steps of deciding a line in vain, and of a stop in vain. */
const LINE_COST = 100;
const STOP_COST = 5;
const counts = new Map<string, number>();
for (let at = 0; at + WORD <= COMMON_TEXT.length; at++) {
  const word = COMMON_TEXT.slice(at, at + WORD);
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

export interface Window {
  readonly text: string;
  readonly cost: number;
}

/**
 * Of all windows of `length` bytes in the literal, which is at least as long, the one that is cheapest to look for in
 * ordinary logs: a common word near its end means short steps or stops.
 */
export function cheapestWindow(literal: string, length: number): Window {
  const counted: number[] = [];
  for (let at = 0; at + WORD <= literal.length; at++) counted.push(counts.get(literal.slice(at, at + WORD)) ?? 0);
  const last = length - WORD;
  let [best, cost] = [0, Number.POSITIVE_INFINITY];
  for (let from = 0; cost > 0 && from + length <= literal.length; from++) {
    let [total, common] = [(counted[from + last] ?? 0) * (STOP_COST + 1), true];
    for (let at = 0; at <= last; at++) {
      const count = counted[from + at] ?? 0;
      common &&= count > 0;
      if (at < last) total += (count * (at + 1)) / (last + 1);
    }
    if (common && COMMON_TEXT.includes(literal.slice(from, from + length))) total += LINE_COST;
    if (total < cost) [best, cost] = [from, total];
  }
  return { text: literal.slice(best, best + length), cost };
}
