/** The files of `public/`: read once, sent with an ETag, kept by browsers for as long as their address stays. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Reply, Route } from '../http/route.ts';
import { staticRoot } from '../http/surface.ts';
import { fail } from '../kernel/failure.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Beside this file in the sources, beside the server's folder in the build. */
const folder = ['./public/', '../public/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

const readFiles = (): ReadonlyMap<string, { type: string; bytes: Buffer }> =>
  new Map(
    (folder === undefined ? [] : readdirSync(folder)).map((name) => [
      name,
      {
        type: types[extname(name)] ?? 'application/octet-stream',
        bytes: readFileSync(new URL(name, folder)),
      },
    ]),
  );

/** Serves the files; their addresses carry a version, so that a new one is a new address. */
export function staticRoute(): Route {
  const files = readFiles();
  const serve = async (name: string): Promise<Reply> => {
    const file = files.get(name) ?? fail('not_found');
    return {
      headers: {
        'content-type': file.type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
      },
      body: file.bytes,
    };
  };
  return {
    surface: 'site',
    method: 'GET',
    path: `${staticRoot}:file`,
    actions: ['site.read'],
    ignoresCredential: true,
    bodyLimit: 0,
    handle: (_gate, { params }) => serve(params.file ?? ''),
  };
}
