/** `npm search`, and what it asked before there was a search (protocol/packages.md §6, §10). */
import { type Asked, type Route, reading, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import type { Clock } from '../kernel/ports.ts';
import { mostResults, type SearchSite, searchPackages } from '../packages/search.ts';

const usualSize = 20;
const mostSize = 250;

/** A whole number of the query; npm may send none, an empty one or one with a fraction. */
function numberIn(asked: Asked, name: string, usual: number, most: number): number {
  const text = asked.query[name];
  if (text === undefined || text === '') return usual;
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return Math.min(Math.floor(number), most);
  return fail('request_invalid', { reason: `"${name}" of a search is a number from 0 to ${most}.` });
}

const shownScore = (relevance: number) => ({
  score: { final: relevance, detail: { quality: relevance, popularity: relevance, maintenance: relevance } },
  searchScore: relevance,
});

const retired = (path: string): Route =>
  serving({
    action: 'site.read',
    path,
    serve: async () =>
      fail('not_offered', {
        reason: 'This registry does not hand out the list of all packages: search with npm 7 or later.',
      }),
  });

export interface SearchParts extends SearchSite {
  readonly clock: Clock;
}

/** `GET /-/v1/search`, `/-/all`, `/-/all/since`. */
export function searchRoutes({ clock, ...site }: SearchParts): Route[] {
  return [
    reading({
      action: 'site.search',
      path: '/-/v1/search',
      target: () => ({ on: 'site' }),
      read: async (tx, asked) => {
        const wish = {
          text: asked.query.text ?? '',
          size: numberIn(asked, 'size', usualSize, mostSize),
          from: numberIn(asked, 'from', 0, mostResults),
        };
        const { found, total } = await searchPackages(tx, wish, asked.actor, site);
        return {
          headers: { 'cache-control': 'private, no-cache' },
          body: {
            objects: found.map(({ package: described, flags, relevance }) => ({
              package: described,
              ...shownScore(relevance),
              ...(Object.keys(flags).length === 0 ? {} : { flags }),
            })),
            total,
            time: new Date(clock.now()).toISOString(),
          },
        };
      },
    }),
    retired('/-/all'),
    retired('/-/all/since'),
  ];
}
