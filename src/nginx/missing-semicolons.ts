/**
 * A forgotten `;` is no fault of the grammar: the next directive becomes an argument, the next block this one's. It
 * shows where a directive that takes one argument has more, or one that has no block is given one. Only directives
 * whose loss would falsify the settings are looked at; modules may define others with any shape.
 */
import { allNodes, type ConfigProblem, type ConfigTree } from './config-tree.ts';

const ONE_ARGUMENT =
  /^(worker_(processes|connections|rlimit_nofile|shutdown_timeout|priority)|pid|multi_accept|accept_mutex|master_process|daemon|quic_bpf|root|sendfile|tcp_nopush|(client_(header|body)|send)_timeout|keepalive_requests|client_max_body_size|include|(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_(pass|(connect|send|read)_timeout|buffering|request_buffering|http_version))$/;
const NO_BLOCK = new RegExp(
  `${ONE_ARGUMENT.source}|^(user|listen|server_name|(error|access)_log|log_format|keepalive(_timeout)?|limit_(conn|req)(_zone)?|resolver|set_real_ip_from|real_ip_header|(proxy|grpc)_set_header|(proxy|fastcgi)_buffers|allow|deny|return|index|try_files)$`,
);

/** In nginx's own words, with the line of the directive that lacks its `;`. */
export function missingSemicolons({ nodes }: Pick<ConfigTree, 'nodes'>): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const { name, args, block, file, line } of allNodes(nodes)) {
    if (block !== null && NO_BLOCK.test(name))
      problems.push({ file, line, message: `directive "${name}" is not terminated by ";"` });
    else if (block === null && args.length > 1 && ONE_ARGUMENT.test(name))
      problems.push({ file, line, message: `invalid number of arguments in "${name}" directive, is a ";" missing?` });
  }
  return problems;
}
