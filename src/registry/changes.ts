/** The feed by which mirrors follow the registry (protocol/packages.md §10); for staff, because it names every package. */
import { type Route, serving } from '../http/route.ts';
import { listChanges } from '../packages/changes.ts';

export interface ChangeParts {
  /** Gives every change so far its place in the feed. */
  readonly placeChanges: () => Promise<void>;
}

/** `GET /-/_changes`. */
export function changeRoutes({ placeChanges }: ChangeParts): Route[] {
  return [
    serving({
      action: 'site.changes',
      path: '/-/_changes',
      serve: async (gate, { actor, query }) => {
        const site = { on: 'site' } as const;
        await gate.judge(actor, 'site.changes', site);
        await placeChanges();
        const page = await gate.look(actor, 'site.changes', site, (tx) => listChanges(tx, query));
        return { headers: { 'cache-control': 'no-store' }, body: page };
      },
    }),
  ];
}
