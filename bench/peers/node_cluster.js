// A peer: Node's http in one process, and as a cluster in both its ways.
//
//   node node_cluster.js single|rr|none PORT WORKERS
//
// single: one process, no cluster; rr: the primary accepts and takes turns (SCHED_RR, the default);
// none: the workers accept from one socket (SCHED_NONE). Answers GET /plaintext, GET /block/MS, which
// blocks its worker's loop, and GET /cpu/ITERATIONS and /job/ITERATIONS, which compute in it, as the
// playground does. HUP of the primary replaces all workers, one after another.
'use strict';
const cluster = require('cluster');
const http = require('http');
const { once } = require('events');

const [way, port, workers] = process.argv.slice(2);
if (!['single', 'rr', 'none'].includes(way) || !(port > 0) || !(workers > 0)) {
  console.error('usage: node node_cluster.js single|rr|none PORT WORKERS');
  process.exit(2);
}

// Blocks the thread without using its processor.
const nobody = new Int32Array(new SharedArrayBuffer(4));
const block = (ms) => Atomics.wait(nobody, 0, 0, ms);

// As the playground's, on 32 bits: 64 would be arithmetic on objects here.
function churn(iterations) {
  let x = 2463534242;
  for (let i = 0; i < iterations; ++i) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x >>> 0;
}

function answer(request, response) {
  const blocking = /^\/block\/(\d+)$/.exec(request.url);
  const computing = /^\/(?:cpu|job)\/(\d+)$/.exec(request.url);
  let status = 200;
  let body = 'nothing here\n';
  if (request.url === '/plaintext') {
    body = 'Hello, World!';
  } else if (blocking) {
    block(Number(blocking[1]));
    body = `blocked ${blocking[1]} ms\n`;
  } else if (computing) {
    body = `${churn(Number(computing[1]))}\n`;
  } else {
    status = 404;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.end(body);
}

function serve(ready) {
  const server = http.createServer(answer);
  server.keepAliveTimeout = 65000; // as the playground; 5 s by default
  server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 }, ready);
}

// As it is usually done: the new one listens before the old one, which then finishes what it has begun,
// stops listening.
async function roll() {
  for (const old of Object.values(cluster.workers)) {
    await once(cluster.fork(), 'listening');
    old.disconnect();
  }
}

if (way === 'single') {
  serve(() => console.log('ready'));
} else if (cluster.isPrimary) {
  cluster.schedulingPolicy = way === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  let listening = 0;
  cluster.on('listening', () => {
    if (++listening === Number(workers)) console.log('ready');
  });
  for (let i = 0; i < Number(workers); ++i) cluster.fork();
  let rolling = Promise.resolve();
  process.on('SIGHUP', () => { rolling = rolling.then(roll); });
} else {
  serve();
}
