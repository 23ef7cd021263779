/** Mails that wait in the outbox of an application under test, with their links. */
import type { TestApp } from '../support/app.ts';
import { readOutbox, type WaitingMail } from '../support/outbox.ts';

/** Every mail that was written, oldest first. */
export const mailsOf = ({ app }: TestApp): Promise<WaitingMail[]> => readOutbox(app.store);

/** The path of the latest link whose label contains a text, in mails to an address. */
export async function linkIn(app: TestApp, to: string, label: string): Promise<string> {
  const links = (await mailsOf(app))
    .filter((mail) => mail.to === to)
    .flatMap(({ link, otherLinks = [] }) => [...(link ? [link] : []), ...otherLinks]);
  const found = links.filter((link) => link.label.includes(label)).at(-1);
  if (!found) throw new Error(`no link "${label}" in a mail to ${to}`);
  return found.path;
}
