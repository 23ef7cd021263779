/** Searching as clients do, among packages that are published in a line each. */
import { expect } from 'vitest';
import type { TestApp, Wish } from '../support/app.ts';
import { mustPublish } from './publisher.ts';

type Query = Record<string, string | number>;

interface Found {
  package: {
    name: string;
    version: string;
    description: string;
    publisher: { username: string };
    maintainers: { username: string; email: string }[];
  };
  score: { final: number };
  flags?: object;
}

/** One search, answered or refused. */
export const ask = (app: TestApp, query: Query, wish: Wish = {}) => {
  const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return app.ask('GET', `/-/v1/search?${parameters.join('&')}`, wish);
};

/** What a search finds. */
export const search = async (app: TestApp, query: Query, token?: string) => {
  const answer = await ask(app, query, token === undefined ? {} : { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ objects: Found[]; total: number; time: string }>();
};

/** The names of all that a text finds, the best first. */
export const namesOf = async (app: TestApp, text: string, token?: string): Promise<string[]> =>
  (await search(app, { text, size: 250 }, token)).objects.map((found) => found.package.name);

/** Publishes a package for the person of `putAs`, or of another token. */
export type Put = (
  name: string,
  manifest?: Record<string, unknown>,
  more?: { version?: string; token?: string; tag?: string; access?: 'public' | 'restricted' },
) => Promise<void>;

export const putAs =
  (app: TestApp, owner: string): Put =>
  (name, manifest = {}, { version = '1.0.0', token = owner, ...rest } = {}) =>
    mustPublish(app, token, { name, version, manifest, ...rest });
