/** Lists of stars; giving and taking one is a PUT of the package (protocol/packages.md §5.4). */
import { type Route, reading } from '../http/route.ts';
import { listStarred } from '../packages/lists.ts';

/** The name in the `key` of a view: JSON, as CouchDB has it, or bare. */
function readKey(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'string' ? parsed : text;
  } catch {
    return text;
  }
}

/** `GET /-/_view/starredByUser?key="NAME"`. */
export function starRoutes({ anonymousRead }: { anonymousRead: boolean }): Route[] {
  return [
    reading({
      action: 'account.stars',
      path: '/-/_view/starredByUser',
      target: ({ query }) => ({ on: 'account', name: readKey(query.key ?? '') }),
      read: async (tx, { query, actor }) => {
        const user = readKey(query.key ?? '');
        const names = await listStarred(tx, user, { actor, anonymousRead });
        const rows = names.map((name) => ({ id: name, key: user, value: name }));
        return { headers: { 'cache-control': 'private, no-cache' }, body: { rows } };
      },
    }),
  ];
}
