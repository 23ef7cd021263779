/** ML1: every kind of mail, found in the sources, with what it says and its link that freezes the account (RV8). */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAccount } from '../../src/accounts/accounts.sql.ts';
import { asUtc, composeMail, type MailWish } from '../../src/ledger/mail.ts';
import { unfreeze } from '../accounts/freezing.ts';
import { Browser } from '../site/browser.ts';
import { mailsOf } from '../site/mailed.ts';
import { bob, type Kind, kinds } from './mail-kinds.ts';
import { ann, openScene, type Scene } from './mail-scene.ts';

const site = { name: 'Acme Packages', publicUrl: 'http://localhost:4873' };

const isOf = ({ what, to = ann }: Kind, mail: MailWish): boolean =>
  mail.to === to && new RegExp(`^${what.replace('…', '.+')}$`).test(mail.what);

/** The latest mail of the kind, as it leaves, and when what it tells of was done. */
async function mailOf(kind: Kind, scene: Scene): Promise<{ text: string; html: string; at: number }> {
  const { world } = scene;
  await kind.cause(scene);
  const mails = (await mailsOf(world)).filter((mail) => isOf(kind, mail));
  const mail = mails.at(-1);
  if (!mail) throw new Error(`no mail "${kind.what}"`);
  const { text, html = '' } = composeMail(mail, 'id', site);
  return { text, html, at: world.clock.now() };
}

/** All that a mail may be called, where its sources say it. */
function kindsInSources(): Set<string> {
  const root = new URL('../../src/', import.meta.url);
  const found = new Set<string>();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || !/^(accounts|factors|tokens|packages|ledger|gate)\//.test(path)) continue;
    const source = readFileSync(new URL(path, root), 'utf8');
    for (const [, said = ''] of source.matchAll(/\bwhat(?:: | = )((?:[^,;\n]|\$\{)+)/g))
      for (const [, , text = ''] of said.matchAll(/(['`])(.+?)\1/g))
        if (/^[A-Z$]/.test(text)) found.add(text.replace(/\$\{[^}]+\}/g, '…'));
  }
  return found;
}

test('each kind of mail that the sources know is brought about here', () => {
  expect([...kindsInSources()].sort()).toEqual([...new Set(kinds.map(({ what }) => what))].sort());
});

test.each(kinds.filter(({ noFreeze }) => noFreeze === undefined))(
  '"$what" says when, from where and what to do, with a link that freezes the account once',
  async (kind) => {
    const scene = await openScene();
    const { world } = scene;
    const { text, html, at } = await mailOf(kind, scene);
    for (const part of [text, html]) {
      expect(part).toContain(`When: ${asUtc(at)}.`);
      expect(part).toContain(`From: ${kind.from ?? '198.51.100.7'}.`);
    }
    expect(text.replace(/\s+/g, ' ')).toContain('freeze your account with the link below');
    const [path = ''] = /\/login\/freeze\/[0-9a-f]{64}/.exec(text) ?? [];
    expect(html).toContain(`href="${site.publicUrl}${path}"`);

    const page = await new Browser(world).open(path);
    expect([page.status, page.heading()]).toEqual([200, 'Freeze your account']);
    const name = kind.to === bob ? 'bob' : 'ann';
    const isFrozen = () =>
      world.app.store.read(async (tx) => (await readAccount(tx, name))?.frozen_at !== null);
    expect(await isFrozen()).toBe(false);
    const again = await new Browser(world).open(path);
    await page.submit(path);
    expect([page.heading(), await isFrozen()]).toEqual(['Account frozen', true]);
    await unfreeze(world, name);
    await again.submit(path);
    expect([again.status, await isFrozen()]).toEqual([410, false]);
  },
);

test.each(kinds.filter(({ noFreeze }) => noFreeze !== undefined))(
  '"$what" has no link that freezes the account: $noFreeze',
  async (kind) => {
    const { text, html } = await mailOf(kind, await openScene());
    for (const part of [text, html]) expect(part).not.toContain('/login/freeze/');
    if (kind.from !== undefined) expect(text).toContain(`From: ${kind.from}.`);
  },
);
