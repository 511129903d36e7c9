/**
 * The words of nginx's own messages, of the C library's and OpenSSL's errors in them, and of the system's about nginx.
 * All other text of a log line may come from clients or applications and does not leave the process. A test holds that every
 * word of the examples in patterns/ is among them.
 */
export const MESSAGE_WORDS: ReadonlySet<string> = new Set(
  `
    you Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec
    A a abort aborting accept accept4 accept_mutex access across actively add Address address addresses after agent
    aio alert algorithm allocate allowed ALPN already An an and app are argument arguments arp_cache assign at
    attempt auth auth_request autoindex available Backend backend backup Bad bad be because been before big binary
    bind BIO_new_file block body Booting BoringSSL both boundary Broken broken buckets buffer buffered built busy by
    bytes C c cache call Can can Cannot cannot caused certificate cgroup chain changing charset Check check child
    children chmod chown chunk chunked client ClientHello closed closing code command compatible conf conflicting
    Conn connect connected connecting Connection connection connections consider consistent constraint
    CONSTRAINT_MEMCG Content context controller cookies core coroutine corrupted cosocket could counters cpuset
    create CRITICAL cycle d data dav decrypt defined deflate delaying denied depth descriptor descriptors Device
    device devpoll did directive directory disabled does down Dropping dropping dry DTLS dumped duplicate dynamic
    early edge either empty enabled Encoding end endpoint enough entries eof epoll epoll_ctl epoll_wait
    EPOLLEXCLUSIVE equal error established etc event eventfd eventport events exceed exceeded excess Exec exhausted
    existing exists exit exited exiting expecting expired expression ext4 Failed failed FAILURE failure fallback
    family FastCGI fatal fault fd few File file files filesystem filter Finished FIONBIO flooding flv for forbidden
    forcibly fork format FormatMessage found frame from ft full function gateway gcc general geoip get getgrnam
    getpwnam getrlimit GFP_KERNEL gfp_mask goaway gone gracefully greater gunicorn gzip handle handshake handshaking
    has hash header headers hello helper here hints Host host HTTP http http2 HTTPS idle ignored image in
    inappropriate include incompatible increase index inflate INFO ingress inherited initialize inline Input inside
    intended internal internally interpreter Interrupted into Invalid invalid invoked iocp ioctl ip Is is issuer it
    job js keepalive kevent key keys KILL Kill kill Killed killed killer kqueue large least left legacy Length
    length less level lib library LibreSSL limit limit_req limiting line Linux listen listening live load loaded
    loader local location lock locked log logging logs long loop lstat Lua lua lua_max_running_timers mac machine
    made Main malloc manager many master match max max_children max_spare_servers May may Memory memory mems_allowed
    mentioned message metadata method min mirror mismatch missing mkdir mode ModSecurity modsecurity module modules
    more most Mounted mp4 multipart multiple must mutex name need neighbor neighbour nested netns Network new
    nf_conntrack nginx ngx_http_brotli_filter_module ngx_slab_alloc njs No no node nodemask nonce Not not NOTICE now
    null number OCSP of old on once only OOM oom oom_memcg oom_score_adj opcode open opened openssl Operation option
    options or order orphaned OS Out out output outside overflow packet pages parameter parameters parenthesis party
    path pattern pcre2_compile pcre2_match pcre_exec peer peers PEM_read_bio_X509 PEM_read_bio_X509_AUX pending
    period perl Permission permitted pgtables php pid pids pipe plain pm poll pool port ports posix_memalign
    Possible pread pread64 prematurely preread priority privileged process processes processing progress properly
    protection Protocol protocol proxied PROXY proxy proxying pthread_create pwrite python queue quic Quota quota
    raising random range ranges rate re reached Read read reading readv received reconfiguring record recv recvmsg
    redirecting redirection refused regex regular rejected reload reloaded reloading remote rename renegotiation
    reopen reopening reported request request_sock_TCP request_sock_TCPv6 requested requests required reset resolve
    resolved resolver resolving Resource resource respawn respawned respond responder response result reusing
    rewrite rewritten RLIMIT_CORE RLIMIT_NOFILE root route routines rss rule rules run running runtime s sacrifice
    said same score seconds section seems segfault SEGV select self semicolon send sendfile Sending sending sendmsg
    sent server ServerHello servers service session set setgid setrlimit setting setuid share shared shm shmem
    should shutdown shutting sigalg SIGCHLD SIGHUP signal signature signed SIGQUIT SIGSEGV SIGUSR1 SIGUSR2 size slab
    slice slot slots SNI so sock Socket socket socketpair sockets Software sp space spawned spawning ssi SSL
    ssl3_read_bytes SSL_do_handshake sslv3 stack Stale stapling start start_servers started stat state status stderr
    stdout sticky still stream subrequest subrequests Success successfully such suitable supported SYN syntax syslog
    system t table target task task_memcg tasks TCP tcp tcp_mem temporarily temporary terminate terminated than that
    the there this thread threads time timed TIMEOUT timer timers tlsv1 to Too too total traceback trailer Transfer
    Transport trap traps triggered tuning twice type u UID uid unable unavailable Unexpected unexpected unit unix
    Unknown unknown unlink unlinking unlocked unreachable unsupported update upgrade upgraded upstream upstreams URI
    use using uWSGI valid value values var verify version VFS VM vm waiting WARNING was when while window with
    WORKER worker worker_connections workers write writev wrong WSARecv X509_check_private_key xslt yield zero zlib
    zone
  `
    .trim()
    .split(/\s+/),
);
