import { password } from '../../test/browser/chromium.ts';
import { show, sitDown, take } from './pictures.mjs';
import { operate, restart } from './registry.mjs';

/** What the staff of a registry sees that takes people by invitation, and who is invited. */
export async function invite(ada) {
  operate('admin', 'user', 'staff', 'ada');
  await restart({ TALLYSTICK_REGISTRATION: 'invite' });
  for (const [path, name] of [
    ['/staff/accounts', 'staff-accounts'],
    ['/staff/accounts?q=nobody', 'staff-accounts-empty'],
    ['/staff/accounts/bo', 'staff-account'],
    ['/staff/accounts/bo/freeze', 'staff-freeze'],
    ['/staff/audit', 'staff-audit'],
    ['/staff/invite', 'staff-invite'],
  ])
    await show(ada, path, name);
  await ada.press('Invite');
  await ada.arriveAt('Invitation');
  await take(ada, 'staff-invitation');
  const link = new URL((await ada.page.locator('main code').textContent()) ?? '');
  const guest = await sitDown();
  await show(guest, '/signup', 'sign-up-closed');
  await show(guest, link.pathname + link.search, 'sign-up-invited', 'Sign up');
  await guest.fill({ Username: 'dot', Email: 'dot@example.com', Password: password });
  await guest.press('Sign up');
  await guest.arriveAt('Welcome, dot');
  await guest.signOut();
  await show(guest, link.pathname + link.search, 'invitation-over');
  await guest.leave();
}
