// Node's own server, which says what it saw of each request. Usage: echo.js SOCKET
const http = require('http');

const server = http.createServer((request, answer) => {
  let bytes = 0;
  request.on('data', (piece) => { bytes += piece.length; });
  request.on('end', () => {
    answer.setHeader('X-Saw', `${request.method} ${request.url}`);
    answer.setHeader('X-Body-Bytes', bytes);
    answer.end('served');
  });
});
server.listen(process.argv[2]);
process.on('SIGTERM', () => process.exit(0));
