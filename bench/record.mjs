// Records what a registry answers, headers and bytes, so that the raw server can send the same.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from './load.mjs';

/** What clients send for the two forms of a packument. */
export const accepts = {
  abbreviated: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
  full: 'application/json',
};

/** What Node adds by itself, or what belongs to one connection. */
const ownHeaders = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

function keepHeaders(rawHeaders, length) {
  const kept = length === undefined ? {} : { 'content-length': length };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index].toLowerCase();
    if (!ownHeaders.has(name) && name !== 'content-length') kept[name] = rawHeaders[index + 1];
  }
  return kept;
}

async function expect(status, url, asked) {
  const answer = await request(url, asked);
  if (answer.status !== status)
    throw new Error(`${url}${asked.path} answered ${answer.status}, not ${status}`);
  return answer;
}

async function recordDocument(url, folder, path, form, encoding) {
  const headers = { accept: accepts[form], 'accept-encoding': encoding };
  const answer = await expect(200, url, { path, headers });
  const { etag } = answer.headers;
  const unchanged = await expect(304, url, { path, headers: { ...headers, 'if-none-match': etag } });
  const file = `${path.replaceAll(/\W/g, '_')}.${form}.${encoding}`;
  writeFileSync(join(folder, file), answer.body);
  return {
    path,
    form,
    encoding,
    etag,
    file,
    headers: keepHeaders(answer.rawHeaders, answer.body.length),
    unchanged: keepHeaders(unchanged.rawHeaders),
  };
}

async function recordTarball(url, folder, path) {
  const { body, rawHeaders } = await expect(200, url, { path });
  const file = path.replaceAll(/\W/g, '_');
  writeFileSync(join(folder, file), body);
  return { path, file, bytes: body.length, headers: keepHeaders(rawHeaders, body.length) };
}

/** Writes `answers.json` and the bodies into the folder. Returns what it recorded. */
export async function recordAnswers(url, folder, { packuments, tarballPaths }) {
  mkdirSync(folder, { recursive: true });
  const documents = [];
  for (const path of packuments)
    for (const form of Object.keys(accepts))
      for (const encoding of ['identity', 'gzip'])
        documents.push(await recordDocument(url, folder, path, form, encoding));
  const tarballs = [];
  for (const path of tarballPaths) tarballs.push(await recordTarball(url, folder, path));
  writeFileSync(join(folder, 'answers.json'), JSON.stringify({ documents, tarballs }));
  return { documents, tarballs };
}
