import { describe, expect, test } from 'vitest';
import {
  changePassword,
  createAccount,
  findAccount,
  listAccounts,
  prepareAccount,
  preparePassword,
  setStaff,
  updateProfile,
} from '../../src/accounts/accounts.ts';
import { whyEmailIsRefused, whyNameIsRefused } from '../../src/accounts/names.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import { signIn } from '../../src/tokens/tokens.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { createPerson, goodPassword, type Person, permitFor, waitingMails } from './acting.ts';

const rules = { length: 12, strength: 3, host: 'localhost' };
const day = 24 * 3600_000;
const tokenRules = {
  loginIdle: 14 * day,
  loginLife: 90 * day,
  life: 90 * day,
  lifeMax: 365 * day,
  overlap: day,
};
const ready = (name: string) => ({ name, email: `${name}@example.com`, password: 'a hash' });

describe('a name', () => {
  test.each(['a', '7', 'hannah', 'h.a-n_n.ah', 'x'.repeat(64), 'con', 'node_modules', 'constructor'])(
    '%s is fine',
    (name) => {
      expect(whyNameIsRefused(name)).toBeUndefined();
    },
  );

  test.each([
    '',
    '.hannah',
    '-hannah',
    '_hannah',
    'Hannah',
    'han nah',
    "o'hara",
    'hannah/x',
    'hannäh',
    'a\n',
    'x'.repeat(65),
    '..',
    '@hannah',
    'a:b',
  ])('%j is refused with a sentence', (name) => {
    expect(whyNameIsRefused(name)).toMatch(/^A username .*\.$/);
  });
});

describe('an e-mail address', () => {
  test.each(['a@b.c', 'hannah.arendt+npm@mail.example.com', 'jürgen@exämple.de'])('%s is fine', (email) => {
    expect(whyEmailIsRefused(email)).toBeUndefined();
  });

  test.each([
    '',
    'hannah',
    'hannah@localhost',
    'a@b@c.d',
    'a@b.c, d@e.f',
    'a@b.c\nBcc: x@y.z',
    '<a@b.c>',
    '"a"@b.c',
    `${'x'.repeat(251)}@b.c`,
  ])('%j is refused', (email) => {
    expect(whyEmailIsRefused(email)).toBeDefined();
  });
});

eachStore((open) => {
  const create = ({ store }: TestStore, name: string): Promise<Person> =>
    store.write((tx) => createAccount(tx, permitFor('account.create', null), ready(name)));

  describe('signing up', () => {
    test('makes an account without staff rights, with an unverified address', async () => {
      const world = await open();
      const { id } = await create(world, 'hannah');
      expect(await world.store.read((tx) => findAccount(tx, 'hannah'))).toMatchObject({
        id,
        name: 'hannah',
        email: 'hannah@example.com',
        emailVerified: false,
        staff: false,
        fullname: null,
        createdAt: world.clock.now(),
      });
    });

    test('gives a name once, also when twenty ask at once in two processes', async () => {
      const world = await open();
      const second = world.another();
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          create({ ...world, store: index % 2 === 0 ? world.store : second }, 'hannah'),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(refused.every((reason) => isFailure(reason, 'account_name_taken'))).toBe(true);
      expect(await world.store.read(listAccounts)).toHaveLength(1);
    });

    test('never gives the name of an organisation, nor one that was somebody’s before', async () => {
      const world = await open();
      await world.store.write((tx) =>
        tx.sql.insertInto('names').values({ name: 'acme', kind: 'organisation', created_at: 0 }).execute(),
      );
      await expect(create(world, 'acme')).rejects.toMatchObject({ code: 'account_name_taken' });
      const wish = { name: 'acme', email: 'a@b.cd', password: goodPassword };
      await expect(prepareAccount(world.store, wish, rules)).rejects.toMatchObject({
        code: 'account_name_taken',
      });
    });

    test('checks name, address and password before anything is stored', async () => {
      const { store } = await open();
      const wish = { name: 'hannah', email: 'hannah@example.com', password: goodPassword };
      const refusal = { code: 'request_invalid' };
      await expect(prepareAccount(store, { ...wish, name: 'Hannah' }, rules)).rejects.toMatchObject(refusal);
      await expect(prepareAccount(store, { ...wish, email: 'hannah' }, rules)).rejects.toMatchObject(refusal);
      await expect(prepareAccount(store, { ...wish, password: 'password1234' }, rules)).rejects.toMatchObject(
        refusal,
      );
      expect(await prepareAccount(store, wish, rules)).toMatchObject({ name: 'hannah' });
      expect(await store.read(listAccounts)).toEqual([]);
    });

    test('says nothing about an address that somebody else has', async () => {
      const world = await open();
      await create(world, 'hannah');
      const again = { ...ready('someone'), email: 'hannah@example.com' };
      await world.store.write((tx) => createAccount(tx, permitFor('account.create', null), again));
      expect((await world.store.read(listAccounts)).map(({ name }) => name)).toEqual(['hannah', 'someone']);
    });
  });

  describe('the profile', () => {
    const update = ({ store }: TestStore, person: Person, change: Parameters<typeof updateProfile>[2]) =>
      store.write((tx) => updateProfile(tx, permitFor('account.update', person), change));

    test('takes texts, removes them by null or an empty one, and keeps what is absent', async () => {
      const world = await open();
      const person = await createPerson(world);
      await update(world, person, { fullname: 'Hannah Arendt', github: 'hannah' });
      world.clock.advance(1000);
      expect(await update(world, person, { github: '', homepage: 'https://hannah.example' })).toMatchObject({
        fullname: 'Hannah Arendt',
        github: null,
        homepage: 'https://hannah.example',
        updatedAt: world.clock.now(),
      });
      expect(await update(world, person, { fullname: null })).toMatchObject({ fullname: null });
    });

    test.each([
      [{ fullname: 'x'.repeat(257) }, '"fullname" has at most 256'],
      [{ homepage: 'two\nlines' }, '"homepage" is one line'],
      [{ email: 'nowhere' }, 'must look like'],
    ])('refuses %j and changes nothing', async (change, reason) => {
      const world = await open();
      const person = await createPerson(world);
      await expect(update(world, person, { github: 'new', ...change })).rejects.toThrow(reason);
      expect(await world.store.read((tx) => findAccount(tx, 'hannah'))).toMatchObject({ github: null });
    });

    test('keeps an address verified that stays the same', async () => {
      const world = await open();
      const person = await createPerson(world);
      await world.store.write((tx) =>
        tx.sql.updateTable('accounts').set({ email_verified_at: 5 }).where('id', '=', person.id).execute(),
      );
      expect(await update(world, person, { email: 'hannah@example.com' })).toMatchObject({
        emailVerified: true,
      });
      expect(await waitingMails(world)).toEqual([]);
    });

    test('tells the address before of a change, and asks the new one, which is unverified', async () => {
      const world = await open();
      const person = await createPerson(world);
      await world.store.write((tx) =>
        tx.sql.updateTable('accounts').set({ email_verified_at: 5 }).where('id', '=', person.id).execute(),
      );
      expect(await update(world, person, { email: 'new@example.com' })).toMatchObject({
        email: 'new@example.com',
        emailVerified: false,
      });
      const mails = await waitingMails(world);
      expect(mails.map(({ to }) => to)).toEqual(['new@example.com', 'hannah@example.com']);
      expect(mails[0]).toMatchObject({ what: 'Confirm your email address' });
      expect(mails[1]).toMatchObject({ what: 'Email address changed' });
      expect(mails[1]?.text).toContain('from hannah@example.com to new@example.com');
      expect(mails[1]?.text).toContain('From: 198.51.100.7.');
      expect(mails[1]?.text).toContain('take your address back with the link below');
    });
  });

  describe('changing the password', () => {
    test('ends every login but the one that asked, and no access token; the owner is mailed', async () => {
      const world = await open();
      const { store } = world;
      const person = await createPerson(world);
      const login = () =>
        store.write((tx) => signIn(tx, permitFor('account.create', person), person, tokenRules));
      const [asking, other] = [await login(), await login()];
      await store.write((tx) =>
        tx.sql.updateTable('tokens').set({ kind: 'publish' }).where('id', '=', other.key).execute(),
      );
      const third = await login();
      const hash = await preparePassword(store, 'hannah', 'seven kites over a quay', rules);
      const permit = permitFor('account.password', person, { token: asking.key });
      await store.write((tx) => changePassword(tx, permit, hash));
      const rows = await store.read((tx) =>
        tx.sql.selectFrom('tokens').select(['id', 'revoked_at']).execute(),
      );
      expect(new Map(rows.map(({ id, revoked_at }) => [id, revoked_at]))).toEqual(
        new Map([
          [asking.key, null],
          [other.key, null],
          [third.key, world.clock.now()],
        ]),
      );
      expect(await waitingMails(world)).toMatchObject([
        { to: 'hannah@example.com', what: 'Password changed' },
      ]);
    });

    test('obeys the rule of new passwords, the name and address of the account among its words', async () => {
      const world = await open();
      await createPerson(world);
      for (const password of ['short', 'password1234', 'hannahhannah']) {
        await expect(preparePassword(world.store, 'hannah', password, rules)).rejects.toMatchObject({
          code: 'request_invalid',
        });
      }
    });
  });

  test('an account becomes staff and is that no longer; an unknown one is named', async () => {
    const world = await open();
    await create(world, 'hannah');
    const set = (name: string, staff: boolean) =>
      world.store.write((tx) => setStaff(tx, permitFor('account.staff', null), { name, staff }));
    expect(await set('hannah', true)).toMatchObject({ staff: true });
    expect(await world.store.read((tx) => findAccount(tx, 'hannah'))).toMatchObject({ staff: true });
    expect(await set('hannah', false)).toMatchObject({ staff: false });
    await expect(set('nobody', true)).rejects.toMatchObject({
      code: 'account_unknown',
      details: { name: 'nobody' },
    });
  });
});
