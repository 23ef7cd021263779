import type { MailWish } from '../../src/ledger/mail.ts';
import type { Writing } from '../../src/store/store.ts';
import type { TestStore } from './stores.ts';

/** What every notice ends with; test/ledger looks at it. */
const freezeAdvice = / Where you cannot do that at once, freeze your account .*/;

/** Every mail that waits: whom it goes to and about what, its paragraphs, and its links but that which freezes. */
async function readMails({ store, vault }: TestStore): Promise<string[]> {
  const rows = await store.read((tx) =>
    tx.sql.selectFrom('outbox').select(['id', 'message']).orderBy('created_at').orderBy('id').execute(),
  );
  return rows.map(({ id, message }) => {
    const wish = JSON.parse(vault.open(message ?? '', ['outbox', id]).toString()) as MailWish;
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
