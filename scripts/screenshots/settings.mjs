import { ed25519Key, lineOf, part } from '../../test/support/ssh-lines.ts';
import { show, take } from './pictures.mjs';

export async function makeTokens(ada) {
  for (const [name, type] of [
    ['build machine', 'Automation'],
    ['mirror', 'Read-only'],
  ]) {
    await ada.open('/settings/~/tokens/new', 'Generate New Token');
    await ada.fill({ 'Token name': name });
    await ada.find('radio', type).check();
    await ada.press('Generate Token');
    await ada.arriveAt('Your new token');
  }
  await take(ada, 'token-shown');
}

/** The keys that prove whose a request for help is. */
export async function keepSshKeys(ada) {
  await show(ada, '/settings/~/ssh-keys', 'ssh-keys-empty');
  await show(ada, '/settings/~/ssh-keys/add', 'add-ssh-key');
  await ada.fill({ 'Public key': lineOf('ssh-ed25519', [part(ed25519Key())], 'ada@workshop') });
  await ada.press('Add SSH key');
  await ada.arriveAt('SSH Keys');
  await take(ada, 'ssh-keys');
  await ada.follow(/^Remove/);
  await ada.arriveAt('Remove SSH key');
  await take(ada, 'remove-ssh-key');
}

/** Every page of Ada's settings. */
export async function settle(ada) {
  const base = '/settings/~/authentication';
  await show(ada, base, 'authentication');
  await ada
    .find('row', /^blue stick/)
    .getByRole('link')
    .click();
  await ada.arriveAt('blue stick');
  await take(ada, 'key');
  await ada.follow('Remove security key');
  await ada.arriveAt('Remove security key');
  await take(ada, 'remove-key');
  for (const [path, name] of [
    [`${base}/mode`, 'mode'],
    [`${base}/replace`, 'replace'],
    [`${base}/recovery-codes`, 'regenerate'],
    [`${base}/remove`, 'remove-factors'],
    [`${base}/code`, 'typed-code-form'],
    ['/settings/~/profile', 'profile'],
    ['/settings/~/password', 'password'],
    ['/settings/~/tokens', 'tokens'],
    ['/settings/~/tokens/new', 'new-token'],
    ['/settings/~/sessions', 'sessions'],
    ['/settings/~/security-log', 'security-log'],
    ['/package/left-padlock/access', 'access'],
    ['/package/left-padlock/access/maintainers', 'maintainers'],
    ['/logout', 'sign-out'],
  ])
    await show(ada, path, name);
  await ada.open('/settings/~/tokens', 'Access Tokens');
  await ada.follow('Revoke mirror');
  await ada.arriveAt('Revoke mirror');
  await take(ada, 'revoke-token');
  await ada.page.locator('summary', { hasText: 'Account menu of' }).click();
  await take(ada, 'account-menu');
  await ada.open(`${base}/code`, /./);
  await ada.press('Use a security key');
  await ada.page.getByText(/^\d{4} \d{4}$/).waitFor();
  await take(ada, 'typed-code');
}
