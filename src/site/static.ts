/** The files of `public/`: kept by browsers for as long as their address stays. */
import { extname } from 'node:path';
import type { Reply, Route } from '../http/route.ts';
import { iconPath, staticRoot } from '../http/surface.ts';
import { fail } from '../kernel/failure.ts';
import { publicFiles } from './parts/public-files.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Serves the files; their addresses carry a version, so that a new one is a new address. */
export function staticRoutes(): readonly Route[] {
  const serve = (name: string, caching: string): Reply => {
    const bytes = publicFiles.get(name) ?? fail('not_found');
    const type = types[extname(name)] ?? 'application/octet-stream';
    return {
      headers: { 'content-type': type, 'cache-control': `public, ${caching}`, vary: 'Accept-Encoding' },
      body: bytes,
    };
  };
  const routeOf = (path: string, handle: (params: Readonly<Record<string, string>>) => Reply): Route => ({
    surface: 'site',
    method: 'GET',
    path,
    actions: ['site.read'],
    ignoresCredential: true,
    bodyLimit: 0,
    handle: async (_gate, { params }) => handle(params),
  });
  return [
    routeOf(`${staticRoot}:file`, ({ file = '' }) => serve(file, 'max-age=31536000, immutable')),
    // Browsers and bookmarks ask for it there by themselves, without a version: a day.
    routeOf(iconPath, () => serve('favicon.ico', 'max-age=86400')),
  ];
}
