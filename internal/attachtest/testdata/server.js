// A server that answers /work?n=N in JSON, having had worker threads, compression and buffers work for it. The argument is its port. It ends by SIGTERM.
'use strict';
const http = require('http');
const zlib = require('zlib');
const { Worker, isMainThread, parentPort } = require('worker_threads');

// words returns the squares of the numbers from n on, modulo 1009.
function words(n) {
  const out = [];
  for (let i = 0; i < n % 200; i++) out.push(String((n + i) * (n + i) % 1009));
  return out;
}

if (isMainThread) {
  let worker, waiting = new Map(), next = 0;
  const begin = () => {
    const w = new Worker(__filename);
    w.on('message', ({ id, list }) => { const f = waiting.get(id); waiting.delete(id); f(list); });
    return w;
  };
  worker = begin();
  let served = 0;
  const inWorker = (n) => new Promise((done) => { const id = next++; waiting.set(id, done); worker.postMessage({ id, n }); });
  const packed = (text) => new Promise((done, fail) => zlib.deflate(text, (err, data) => err ? fail(err) : zlib.inflate(data, (err2, back) => err2 ? fail(err2) : done(back.toString()))));
  const server = http.createServer(async (request, response) => {
    try {
      const n = Number(new URL(request.url, 'http://x').searchParams.get('n'));
      if (++served % 2000 === 0 && waiting.size === 0) { // a thread that ends, and one that begins
        const old = worker;
        worker = begin();
        old.terminate();
      }
      const list = n % 3 === 0 ? await inWorker(n) : words(n);
      const filled = Buffer.alloc(1 + n * 37 % 20000, n % 256);
      if (filled[filled.length - 1] !== n % 256) throw new Error('a buffer has changed');
      const text = await packed(JSON.stringify({ n, words: list, sum: list.reduce((a, b) => a + Number(b), 0) }));
      response.setHeader('Content-Type', 'application/json');
      response.end(text);
    } catch (e) {
      response.statusCode = 500;
      response.end(String(e.stack));
    }
  });
  process.on('SIGTERM', () => process.exit(0));
  server.listen(Number(process.argv[2]), '127.0.0.1');
} else {
  parentPort.on('message', ({ id, n }) => parentPort.postMessage({ id, list: words(n) }));
}
