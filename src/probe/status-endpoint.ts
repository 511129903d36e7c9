/** Derives the address and the request of a status page from its URL. */
import type { Settings } from '../core/settings.ts';
import type { Address } from './host.ts';

export interface StatusEndpoint {
  readonly url: string;
  readonly address: Address;
  /** Sent first on every connection: empty, or a PROXY protocol line where the listener demands one. */
  readonly preamble: string;
  /** Request line and headers without the empty line that ends them: half a request. */
  readonly halfRequest: string;
}

/** Null when the URL is none of `http://`, `https://`, `http+unix://SOCKET:/path`, `https+unix://…`, or no request can be made of it. */
export function statusEndpoint(
  url: string,
  hostHeader: string | null,
  settings: Settings | null,
): StatusEndpoint | null {
  const endpoint = endpointOf(url, hostHeader, settings);
  return endpoint !== null && HALF_REQUEST.test(endpoint.halfRequest) ? endpoint : null;
}

/** RFC 9112 3.2 and 5: a target and a field value end at a space or a line break, so they contain none. */
const HALF_REQUEST = /^GET \/[\x21-\x7e]* HTTP\/1\.1\r\nHost: [\x21-\x7e]*\r\nUser-Agent: gapwatch\r\n$/;

function endpointOf(url: string, hostHeader: string | null, settings: Settings | null): StatusEndpoint | null {
  const unix = /^(https?)\+unix:\/\/(.+?)(?::(\/.*)|(?<=%2[Ff].*)(\/.*))$/.exec(url);
  if (unix !== null) {
    const path = decodeURIComponent(unix[2] ?? '');
    const address: Address = { kind: 'unix', path, tls: unix[1] === 'https' };
    const preamble = preambleFor(`unix:${path}`, settings);
    return { url, address, preamble, halfRequest: halfRequest(unix[3] ?? unix[4] ?? '/', hostHeader ?? 'localhost') };
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return null;
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  const tls = protocol === 'https:';
  const number = Number(port === '' ? (tls ? 443 : 80) : port);
  return {
    url,
    address: { kind: 'tcp', host: hostname.replace(/^\[|\]$/g, ''), port: number, tls },
    preamble: preambleFor(`${hostname}:${number}`, settings),
    halfRequest: halfRequest(pathname + search, hostHeader ?? host),
  };
}

function halfRequest(path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: gapwatch\r\n`;
}

/** A listener with `proxy_protocol` drops a connection that does not begin with it; UNKNOWN keeps the real peer. */
function preambleFor(address: string, settings: Settings | null): string {
  const port = address.slice(address.lastIndexOf(':'));
  const wildcards = [`0.0.0.0${port}`, `[::]${port}`];
  const listens = settings?.listens ?? [];
  const listen =
    listens.find((candidate) => candidate.address === address) ??
    listens.find((candidate) => wildcards.includes(candidate.address));
  return listen?.proxyProtocol === true ? 'PROXY UNKNOWN\r\n' : '';
}
