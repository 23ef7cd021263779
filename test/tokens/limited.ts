/** Tokens limited to some packages: made, and used to publish, over HTTP. */
import { expect } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { pathOf } from '../packages/publisher.ts';
import type { TestApp, Wish } from '../support/app.ts';
import { documentOf } from '../support/document.ts';

export const path = '/-/npm/v1/tokens';
export const writing = { packages_and_scopes_permission: 'read-write' };

/** Asks for a token. */
export const create = ({ ask }: TestApp, wish: Wish, fields: object = {}) =>
  ask('POST', path, { ...wish, body: { name: null, password: goodPassword, ...fields } });

/** Makes a token. */
export const make = async (
  app: TestApp,
  wish: Wish,
  fields: object,
): Promise<{ token: string; key: string }> => {
  const reply = await create(app, wish, fields);
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json();
};

/** Publishes a package of a few bytes, 1.0.0 unless another version is named. */
export const publish = async (
  { ask }: TestApp,
  name: string,
  wish: Wish,
  draft: { version?: string; access?: 'public' | 'restricted' } = {},
) =>
  ask('PUT', pathOf(name), {
    ...wish,
    body: documentOf({ name, version: '1.0.0', ...draft }),
  });
