/**
 * Secrets where people really put them: in a configuration, in requests, in what applications log. A secret that is a
 * plain word shows that nothing is told by its look.
 */

export interface Planted {
  readonly where: string;
  readonly secret: string;
}

let planted = 0;
const letters = (n: number): string =>
  [...n.toString(26).padStart(2, '0')].map((c) => String.fromCharCode(97 + Number.parseInt(c, 26))).join('');
/** No rule could know this from any other word. */
const word = (): string => `marzipan${letters(planted++)}`;
const token = (): string => `q7Kz${planted++}w9Xv3`;

const place = (where: string, secret: string, text: string) => ({
  where,
  secret,
  text: text.replaceAll('SECRET', secret),
});

/** Directives in a server block. */
export const SERVER_SECRETS = [
  place('fastcgi_param', word(), 'fastcgi_param DB_PASSWORD "SECRET";'),
  place('a header to the upstream', word(), 'proxy_set_header X-Api-Key SECRET;'),
  place('an authorization to the upstream', word(), 'proxy_set_header Authorization "Basic SECRET";'),
  place('a cookie to the upstream', word(), 'proxy_set_header Cookie "sid=SECRET";'),
  place('the Host of the upstream', word(), 'proxy_set_header Host "$host SECRET";'),
  place('a Connection header', word(), 'proxy_set_header Connection "x-SECRET";'),
  place('a variable', word(), 'set $db_password "SECRET";'),
  place('secure_link', word(), 'secure_link_md5 "$uri SECRET";'),
  place('a substitution', word(), 'sub_filter "__KEY__" "SECRET";'),
  place('an answer', word(), 'return 403 "SECRET";'),
  place('a header', word(), 'add_header X-Token "SECRET";'),
  place('a realm', word(), 'auth_basic "hint SECRET";'),
  place('a file of passwords', word(), 'auth_basic_user_file /etc/nginx/SECRET.htpasswd;'),
  place('a key file', word(), 'ssl_certificate_key /etc/ssl/private/SECRET.pem;'),
  place('a password file', word(), 'ssl_password_file /etc/ssl/SECRET;'),
  place('a condition', word(), 'if ($arg_token = "SECRET") { return 403; }'),
  place('a condition on a header', word(), 'if ($http_x_key != SECRET) { return 401; }'),
  place('a rewrite', word(), 'rewrite ^/old/(.*)$ /new/$1?key=SECRET last;'),
  place('a redirect', word(), 'error_page 401 =302 https://sso.example/?client_secret=SECRET;'),
  place('a condition of a log', word(), 'access_log /var/log/nginx/b.log combined if=$SECRET;'),
  place('a syslog tag', token(), 'access_log syslog:server=10.0.0.9,x=SECRET combined;'),
  place('user of an upstream URL', word(), 'location /a { proxy_pass http://admin:SECRET@10.0.0.5:80/; }'),
  place('query of an upstream URL', word(), 'location /b { proxy_pass http://10.0.0.5:80/x?api_key=SECRET; }'),
  place('path of an upstream URL', token(), 'location /c { proxy_pass http://10.0.0.5:80/hook/SECRET/; }'),
  place('a location', token(), 'location /webhook/SECRET { proxy_pass http://10.0.0.5:80; }'),
  place('a pattern of a location', token(), 'location ~ ^/bot(SECRET|x)/ { proxy_pass http://10.0.0.5:80; }'),
  place('a server name', token(), 'server_name SECRET.hooks.example;'),
  place('Lua', word(), 'content_by_lua_block { local key = "SECRET" }'),
  place('Perl', word(), 'perl_set $x \'sub { return "SECRET"; }\';'),
  place('njs', word(), 'js_set $key SECRET.key;'),
  place('an unknown directive', word(), 'vendor_license "SECRET";'),
  place('a comment', word(), '# the old password was SECRET'),
  place('what is no directive', token(), 'SECRET on;'),
];

/** Directives in the http block. */
export const HTTP_SECRETS = [
  place('keys of a map', word(), 'map $http_x_api_key $client { default ""; "SECRET" acme; }'),
  place('values of a map', word(), 'map $host $backend_key { default "SECRET"; }'),
  place('the map of an upgrade', word(), 'map $http_upgrade $up { default upgrade; SECRET x; "" "SECRET"; }'),
  place('a geo', word(), 'geo $secret { default SECRET; }'),
  place('a word of a log format', word(), 'log_format main \'$remote_addr SECRET [$time_local] "$request" $status\';'),
  place('a value in a log format', word(), "log_format api '$remote_addr key=SECRET $status';"),
  place('a limit key', word(), 'limit_req_zone "SECRET" zone=one:10m rate=1r/s;'),
  place('a cache key', word(), 'proxy_cache_key "$uri SECRET";'),
  place('an upstream server', word(), 'upstream app { server 10.0.0.5:80 route=SECRET; }'),
  place('the environment', word(), 'env API_TOKEN=SECRET;'),
];

const TAIL =
  'client: 203.0.113.9, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.5:80/cart", host: "shop.example"';
const REFUSED = 'connect() failed (111: Connection refused) while connecting to upstream';
const entry = (message: string, tail = TAIL): string => `[error] 7#7: *9 ${message}, ${tail}`;

/** Entries of an error log, without their time. */
export const ERROR_SECRETS = [
  place('a query', word(), entry(REFUSED, TAIL.replaceAll('/cart', '/pay?card_token=SECRET'))),
  place('a path', word(), entry(REFUSED, TAIL.replaceAll('/cart', '/reset/SECRET'))),
  place('a session in a path', word(), entry(REFUSED, TAIL.replaceAll('/cart', '/shop;jsessionid=SECRET'))),
  place('a name in a path', word(), entry(REFUSED, TAIL.replaceAll('/cart', '/users/SECRET/orders'))),
  place('a host header', word(), entry(REFUSED, TAIL.replace('host: "shop.example"', 'host: "SECRET.example"'))),
  place('a referrer', word(), entry(REFUSED, `${TAIL}, referrer: "https://x.example/?token=SECRET"`)),
  place('a method', word(), entry(REFUSED, TAIL.replace('GET', 'SECRET'))),
  place(
    'stderr of an application',
    word(),
    entry('FastCGI sent in stderr: "PHP message: login failed for SECRET" while reading response header from upstream'),
  ),
  place(
    'e-mail in stderr',
    word(),
    entry('FastCGI sent in stderr: "mail to SECRET@example.org bounced" while reading response header from upstream'),
  ),
  place('Lua text', word(), entry('[lua] auth.lua:12: check(): the token is SECRET')),
  place(
    'a header line',
    word(),
    entry('client sent invalid header line: "X-Key: SECRET" while reading client request headers'),
  ),
  place(
    'an upstream header',
    word(),
    entry('upstream sent invalid header: "Set-Cookie: SECRET..." while reading response header from upstream'),
  ),
  place(
    'a file that was asked for',
    word(),
    entry('open() "/srv/www/export/SECRET.csv" failed (24: Too many open files)'),
  ),
  place('a pattern that failed', word(), entry('pcre2_match() failed: -47 on "SECRET" using "^(a+)+$"')),
  place('a name to resolve', token(), entry('SECRET.attacker.example could not be resolved (3: Host not found)')),
  place(
    'a value that is refused',
    word(),
    '[emerg] 7#7: invalid parameter "password=SECRET" in /etc/nginx/nginx.conf:9',
  ),
  place(
    'a login',
    word(),
    '[error] 7#7: *9 auth http server 127.0.0.1:8000 timed out, client: 10.0.0.9, server: 0.0.0.0:143, login: "SECRET"',
  ),
  place('a line of an application', word(), 'password of the database: SECRET'),
  place(
    'a line in a multi-line entry',
    word(),
    `${entry('FastCGI sent in stderr: "PHP message: trace')}\n#1 login('jane', 'SECRET')\n" while reading response header from upstream, ${TAIL}`,
  ),
];

const COMBINED = '203.0.113.9 - - [01/Jan/2026:00:00:05 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8"';
/** Lines of an access log in the combined format. */
export const ACCESS_SECRETS = [
  place('a user', word(), COMBINED.replace('- - [', '- SECRET [')),
  place('a query in the access log', word(), COMBINED.replace('/cart', '/cart?session=SECRET')),
  place('a path in the access log', word(), COMBINED.replace('/cart', '/invite/SECRET')),
  place('a referrer in the access log', word(), COMBINED.replace('"-" "curl', '"https://x/?t=SECRET" "curl')),
  place('a user agent', word(), COMBINED.replace('curl/8', 'SECRET/1.0')),
  place('a method in the access log', word(), COMBINED.replace('GET', 'SECRET')),
  place('what is no request', word(), COMBINED.replace('GET /cart HTTP/1.1', '\\x16\\x03SECRET')),
  place('a line of another format', word(), '[01/Jan/2026:00:00:05 +0000] cookie=SECRET'),
  place('a line that goes on', word(), `${COMBINED} SECRET`),
  place(
    'a user that imitates a line',
    word(),
    COMBINED.replace('- - [', '- x [01/Jan/2026:00:00:05 +0000] "GET / HTTP/1.1" 200 1 "-" "SECRET" - ['),
  ),
];

export const ALL_SECRETS: readonly Planted[] = [
  ...SERVER_SECRETS,
  ...HTTP_SECRETS,
  ...ERROR_SECRETS,
  ...ACCESS_SECRETS,
];

/** Which of the secrets a text holds. */
export const leaks = (text: string, secrets: readonly Planted[] = ALL_SECRETS): string[] =>
  secrets.filter(({ secret }) => text.includes(secret)).map(({ where }) => where);

export const PLANTED_CONFIG = [
  'worker_processes 2;',
  'events { worker_connections 64; }',
  'http {',
  ...HTTP_SECRETS.map(({ text }) => text),
  'server {',
  'listen 80;',
  ...SERVER_SECRETS.map(({ text }) => text),
  '}',
  '}',
].join('\n');

/** Each of them again and again, as in an outage. */
export const PLANTED_ERROR_LOG = Array.from({ length: 30 }, (_, second) =>
  ERROR_SECRETS.map(({ text }) => `2026/01/01 00:00:${String(second).padStart(2, '0')} ${text}\n`).join(''),
).join('');

export const PLANTED_ACCESS_LOG = ACCESS_SECRETS.map(({ text }) => `${text}\n`).join('');
