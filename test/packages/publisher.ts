import { expect } from 'vitest';
import { signUp } from '../accounts/wire.ts';
import type { TestApp, Wish } from '../support/app.ts';
import { contentOf, type Draft, documentOf } from '../support/document.ts';
import { readOutbox } from '../support/outbox.ts';

export const hour = 3_600_000;

/** `/@s%2fn` for a scoped name. */
export const pathOf = (name: string): string => `/${name.replace('/', '%2f')}`;

/** Publishes a draft as the person behind the token and returns the answer. */
export const publish = (app: TestApp, token: string, draft: Draft, wish: Wish = {}) =>
  app.ask('PUT', pathOf(draft.name), { token, body: documentOf(draft), ...wish });

/** Publishes and expects it to be done. */
export async function mustPublish(app: TestApp, token: string, draft: Draft, wish: Wish = {}): Promise<void> {
  const answer = await publish(app, token, draft, wish);
  expect(answer.statusCode, answer.body).toBe(201);
}

/** The full packument, fresh. */
export async function packumentOf(app: TestApp, name: string, token?: string) {
  const wish = token === undefined ? {} : { token };
  const answer = await app.ask('GET', `${pathOf(name)}?write=true`, wish);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

export { contentOf, documentOf, signUp };

/** Every mail in the outbox of an app that keeps them, the oldest first: to whom, and what it says. */
export const mailsIn = async ({ app }: TestApp): Promise<{ to: string; what: string; text: string }[]> =>
  (await readOutbox(app.store)).map(({ to, what, paragraphs }) => ({
    to,
    what,
    text: paragraphs.join('\n'),
  }));
