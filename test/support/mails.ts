import type { Writing } from '../../src/store/store.ts';
import { readOutbox } from './outbox.ts';
import type { TestStore } from './stores.ts';

/** What every notice ends with; test/ledger looks at it. */
const freezeAdvice = / Where you cannot do that at once, freeze your account .*/;

/** Every mail that waits: whom it goes to and about what, its paragraphs, and its links but that which freezes. */
async function readMails({ store }: TestStore): Promise<string[]> {
  return (await readOutbox(store)).map((wish) => {
    const said = wish.paragraphs.map((paragraph) => paragraph.replace(freezeAdvice, ' …'));
    const { link } = wish;
    const links = link === undefined || link.path.startsWith('/login/freeze/') ? [] : [link];
    const pages = links.map(({ label, path }) => `${label}: ${path.replace(/[0-9a-f]{64}/g, '<secret>')}`);
    return [`${wish.what} (to ${wish.to})`, ...said, ...pages].join('\n  ');
  });
}

/** What several mails say, each cause in a transaction of its own, a second apart. */
export async function readMailsOf(
  world: TestStore,
  causes: readonly ((tx: Writing) => Promise<unknown>)[],
): Promise<string> {
  const { length: before } = await readMails(world);
  for (const cause of causes) {
    await world.store.write(cause);
    world.clock.advance(1000);
  }
  const mails = await readMails(world);
  return `${mails.slice(before).join('\n\n')}\n`;
}
