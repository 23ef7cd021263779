// What guards an account when something looks wrong: a suspended token, a browser that is not known, a hold, links in mails.
import { password } from '../../test/browser/chromium.ts';
import { documentOf } from '../../test/support/document.ts';
import { signInAgain } from './factors.mjs';
import { manifest } from './half-a-year.mjs';
import { show, sitDown, take } from './pictures.mjs';
import { advance, ask, codeOf, day, mailedLink, restart } from './registry.mjs';

const hour = day / 24;
const minute = hour / 60;

/** Too many wrong codes were tried with a token. */
async function resume(token, secret) {
  const ada = await sitDown();
  const body = documentOf({ name: 'left-padlock', version: '1.4.0', access: 'public', manifest });
  let refusal = '';
  for (let tries = 0; tries < 12 && !refusal.includes('/resume'); tries += 1) {
    advance(hour);
    const answer = await ask('PUT', '/left-padlock', { token, otp: String(100_000 + tries), body });
    refusal = JSON.stringify(answer.body);
  }
  const path = /\/settings\/[^" ]*\/resume/.exec(refusal)?.[0];
  if (path === undefined) throw new Error(refusal);
  await signInAgain(ada, secret);
  await show(ada, '/settings/~/tokens', 'tokens-suspended');
  advance(10 * minute);
  await show(ada, path, 'resume-token');
  await ada.fill({ 'Pin code': '000000' });
  await ada.press('Resume');
  await ada.page.getByRole('alert').waitFor();
  await take(ada, 'resume-token-refused');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Resume');
  await ada.arriveAt('Token resumed');
  await take(ada, 'token-resumed');
  await ada.leave();
}

/** A browser that is not known waits for a mailed link. */
async function waitForMail(secret) {
  const ada = await sitDown();
  await ada.signIn('ada');
  await ada.arriveAt('Two-factor authentication');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Verify');
  await ada.arriveAt('Open the link in your mail');
  await take(ada, 'waiting-sign-in');
  const link = await mailedLink('confirm');
  const another = await sitDown();
  await show(another, link, 'sign-in-elsewhere', 'This sign-in began in another browser');
  await another.leave();
  await show(ada, link, 'finish-sign-in', 'Finish signing in');
  await ada.press('Sign in');
  await ada.arriveAt('Authentication');
  await show(ada, link, 'sign-in-over');
  return ada;
}

/** The account moves to another address, which holds it, and the address is confirmed. */
async function move(ada, secret) {
  advance(10 * minute);
  await ada.open('/settings/~/profile', 'Profile');
  await ada.fill({ Email: 'ada@elsewhere.example', 'Pin code': '000000' });
  await ada.press('Save');
  await ada.page.getByRole('alert').waitFor();
  await take(ada, 'profile-refused');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Save');
  await ada.page.getByText('Profile saved').waitFor();
  await take(ada, 'profile-saved');
  await show(ada, await mailedLink('email'), 'confirm-email');
  await ada.fill({ Password: password });
  await ada.press('Confirm');
  await ada.arriveAt('Email address confirmed');
  await take(ada, 'email-confirmed');
}

/** The hold that began, and how it ends before its time. */
async function endHold(ada, secret) {
  const base = '/settings/~/authentication';
  await show(ada, base, 'authentication-held');
  await show(ada, `${base}/hold/end`, 'end-hold-by-key');
  await show(ada, `${base}/hold`, 'hold');
  await ada.press('Mail me a link');
  await ada.page.getByText('Mail sent').waitFor();
  await take(ada, 'hold-mailed');
  const link = await mailedLink('end-hold');
  advance(6 * minute);
  await show(ada, link, 'end-hold');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('End the hold');
  await ada.arriveAt('Hold ended');
  await take(ada, 'hold-ended');
  await show(ada, link, 'link-over');
  await show(ada, `${base}/hold`, 'hold-none');
}

/** What whoever did none of this does: by the links in the mails about it. */
async function takeBack() {
  const owner = await sitDown();
  await show(owner, await mailedLink('end-session'), 'end-session');
  await show(owner, await mailedLink('undo-email'), 'undo-email');
  await show(owner, await mailedLink('freeze'), 'freeze');
  await owner.press('Freeze my account');
  await owner.arriveAt('Account frozen');
  await take(owner, 'frozen');
  await owner.open('/login', 'Sign in');
  await owner.fill({ 'Username or email': 'ada', Password: password });
  await owner.press('Sign in');
  await owner.arriveAt(/./);
  await take(owner, 'sign-in-frozen');
  await owner.leave();
}

export async function guard(token, secret) {
  await resume(token, secret);
  await restart({ TALLYSTICK_CONFIRM_NEW_DEVICE: 'true' });
  advance(day);
  const elsewhere = await waitForMail(secret);
  await move(elsewhere, secret);
  await endHold(elsewhere, secret);
  await elsewhere.leave();
  await takeBack();
}
