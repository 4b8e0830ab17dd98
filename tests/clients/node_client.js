// Node's http against the playground: 200 requests over eight connections, then a body in chunks.
// Prints what it saw as JSON.
'use strict';

const http = require('http');

const port = Number(process.argv[2]);
const agent = new http.Agent({keepAlive: true, maxSockets: 8});

function ask(method, path, write = (request) => request.end()) {
  return new Promise((resolve, reject) => {
    const request = http.request({host: '127.0.0.1', port, agent, method, path}, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({status: answer.statusCode, body: Buffer.concat(parts)}));
    });
    request.on('error', reject);
    request.on('socket', (socket) => sockets.add(socket));
    write(request);
  });
}

const sockets = new Set();

async function main() {
  const numbers = [...Array(200).keys()];
  const answers = await Promise.all(numbers.map((number) => ask('GET', `/users/${number}`)));
  const wrong = numbers.filter((number) => answers[number].status !== 200 ||
                                           String(answers[number].body) !== `user ${number}\n`);
  const connections = sockets.size;

  const body = Buffer.alloc(900_000, 'streamed by node. ');
  const echo = await ask('POST', '/echo', (request) => {  // no length: node sends chunks
    for (let at = 0; at < body.length; at += 50_000) request.write(body.subarray(at, at + 50_000));
    request.end();
  });
  console.log(JSON.stringify({
    answers: answers.length,
    wrong: wrong.length,
    connections,
    echoed: echo.status === 200 && echo.body.equals(body),
  }));
  agent.destroy();
}

main();
