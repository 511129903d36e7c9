// Opens COUNT connections to PORT from loopback addresses that begin with PREFIX, sends one request on each, holds
// them, and says so. Ends when its input does, so that it does not outlive the bench.
import { connect } from 'node:net';

const [portText, countText, prefix] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const AT_ONCE = 200;
const PER_ADDRESS = 10_000;
let opened = 0;
let up = 0;

function open() {
  if (opened === count) return;
  const localAddress = `${prefix}${1 + Math.floor(opened / PER_ADDRESS)}`;
  opened += 1;
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.once('data', () => {
    socket.pause();
    up += 1;
    if (up === count) process.stdout.write('up\n');
    open();
  });
}

for (let index = 0; index < AT_ONCE; index++) open();
process.stdin.resume();
process.stdin.on('end', () => process.exit());
