// Ada's second factors, and how she signs in with them.
import { show, take } from './pictures.mjs';
import { advance, codeOf, day } from './registry.mjs';

/** Ada adds a second factor and keys. */
export async function protect(ada) {
  await ada.signIn('ada');
  await ada.arriveAt('Authentication');
  await show(ada, '/settings/~/authentication/add', 'add-app');
  await ada.press('Show the QR code');
  await ada.arriveAt('Scan the QR code');
  await take(ada, 'scan');
  const [groups = ''] = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await ada.text()) ?? [];
  const secret = groups.replaceAll(' ', '');
  await ada.fill({ 'Pin code': '000000' });
  await ada.press('Save');
  await ada.page.getByRole('alert').waitFor();
  await take(ada, 'scan-refused');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Save');
  await ada.arriveAt('Your recovery codes');
  await take(ada, 'recovery-codes');
  await signInAgain(ada, secret);
  for (const [name, transport] of [
    ['blue stick', 'usb'],
    ['laptop', 'internal'],
  ]) {
    const key = await ada.buyKey(transport);
    await ada.open('/settings/~/authentication/keys/add', 'Add security key');
    await take(ada, 'add-key');
    await ada.fill({ Name: name });
    await ada.press('Add security key');
    await ada.arriveAt('Authentication');
    if (transport === 'internal') return { secret, key };
    await key.remove();
    advance(2 * day);
    await signInAgain(ada, secret);
  }
  throw new Error('no key');
}

export async function signInAgain(ada, secret) {
  await ada.page.context().clearCookies();
  await ada.signIn('ada');
  await ada.arriveAt('Two-factor authentication');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Verify');
  await ada.arriveAt('Authentication');
}
