/** Tags as `npm dist-tag` speaks of them (protocol/packages.md §5.2). */
import { z } from 'zod';
import { type Asked, actOf, choice, type Method, type Route, reading, route } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { removeTag, setTag } from '../packages/curate.ts';
import { listTags } from '../packages/inspect.ts';
import type { Library } from '../packages/library.ts';
import { nameIn, targetOf } from './package-parts.ts';

const path = '/-/package/:package/dist-tags/:tag';
const tagIn = (asked: Asked<unknown>): string => asked.params.tag ?? '';

function settingRoute(method: Method, forget: Library['forget']): Route {
  const shape = {
    target: targetOf,
    reply: () => ({ body: { ok: true } }),
  };
  const wish = (asked: Asked<string>) => ({ tag: tagIn(asked), version: asked.body });
  return choice({
    method,
    path,
    input: z.string(),
    first: { action: 'package.tag', target: targetOf },
    pick: (_body, asked) => (tagIn(asked) === 'latest' ? 'package.tagLatest' : 'package.tag'),
    oneOf: {
      'package.tag': actOf<'package.tag', string, undefined, string>('package.tag', {
        ...shape,
        run: (tx, permit, asked) => setTag(tx, permit, wish(asked), forget),
      }),
      'package.tagLatest': actOf<'package.tagLatest', string, undefined, string>('package.tagLatest', {
        ...shape,
        run: (tx, permit, asked) => setTag(tx, permit, wish(asked), forget),
      }),
    },
  });
}

/** `GET …/dist-tags`, `GET|PUT|POST|DELETE …/dist-tags/:tag`. */
export function tagRoutes({ library }: { library: Library }): Route[] {
  const { forget } = library;
  const headers = { 'cache-control': 'private, no-cache' };
  return [
    reading({
      action: 'package.read',
      path: '/-/package/:package/dist-tags',
      target: targetOf,
      read: async (tx, asked) => ({
        headers,
        body: Object.fromEntries(
          (await listTags(tx, nameIn(asked))).map(({ tag, version }) => [tag, version]),
        ),
      }),
    }),
    reading({
      action: 'package.read',
      path,
      target: targetOf,
      read: async (tx, asked) => {
        const found = (await listTags(tx, nameIn(asked))).find(({ tag }) => tag === tagIn(asked));
        return found ? { headers, body: found.version } : fail('tag_not_found', { tag: tagIn(asked) });
      },
    }),
    settingRoute('PUT', forget),
    settingRoute('POST', forget),
    // The tag `latest` is never removed, so nobody is asked for a code before he is told so.
    route({
      action: 'package.tag',
      method: 'DELETE',
      path,
      target: targetOf,
      run: (tx, permit, asked) => removeTag(tx, permit, tagIn(asked), forget),
      reply: () => ({ body: { ok: true } }),
    }),
  ];
}
