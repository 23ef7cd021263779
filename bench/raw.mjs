// A bare node:http server that sends recorded answers: what the machine and Node allow at best.
// node bench/raw.mjs PORT FOLDER, where FOLDER holds what record.mjs wrote.
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [port, folder] = process.argv.slice(2);
const { documents, tarballs } = JSON.parse(await readFile(join(folder, 'answers.json'), 'utf8'));
const known = new Map();
for (const { path, form, encoding, etag, headers, unchanged, file } of documents) {
  const body = await readFile(join(folder, file));
  known.set(`${path} ${form} ${encoding}`, { etag, headers, unchanged, body });
}
const files = new Map(tarballs.map(({ path, headers, bytes, file }) => [path, { headers, bytes, file }]));
const smallFile = 64 * 1024;

async function sendTarball({ headers, bytes, file }, response) {
  const path = join(folder, file);
  if (bytes <= smallFile) {
    const body = await readFile(path);
    response.writeHead(200, headers);
    response.end(body);
    return;
  }
  const handle = await open(path);
  response.writeHead(200, headers);
  handle.createReadStream({ highWaterMark: 256 * 1024 }).pipe(response);
}

const server = createServer((request, response) => {
  const { accept = '', 'accept-encoding': encodings = '', 'if-none-match': condition } = request.headers;
  const form = accept.includes('install-v1') ? 'abbreviated' : 'full';
  const answer = known.get(`${request.url} ${form} ${encodings.includes('gzip') ? 'gzip' : 'identity'}`);
  if (answer !== undefined) {
    if (condition !== undefined && condition === answer.etag) {
      response.writeHead(304, answer.unchanged);
      response.end();
      return;
    }
    response.writeHead(200, answer.headers);
    response.end(answer.body);
    return;
  }
  const tarball = files.get(request.url);
  if (tarball !== undefined) {
    void sendTarball(tarball, response);
    return;
  }
  response.writeHead(request.url === '/-/ping' ? 200 : 404);
  response.end('{}');
});
server.listen(Number(port), '127.0.0.1');
