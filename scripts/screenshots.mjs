// Drives the built server as people do, in Chromium, with a clock that is moved through half a year, and takes pictures of its
// pages in light and dark, 390 and 1280 pixels wide: those that docs/screenshots keeps, or with `--all FOLDER` every one.
import { password } from '../test/browser/chromium.ts';
import { approve } from './screenshots/command-line.mjs';
import { protect, signInAgain } from './screenshots/factors.mjs';
import { guard } from './screenshots/guard.mjs';
import { live } from './screenshots/half-a-year.mjs';
import { finish, sitDown, sum, take } from './screenshots/pictures.mjs';
import { advance, close, day, logIn, restart } from './screenshots/registry.mjs';
import { keepSshKeys, makeTokens, settle } from './screenshots/settings.mjs';
import { invite } from './screenshots/staff.mjs';
import { visit } from './screenshots/stranger.mjs';

try {
  await logIn('ada');
  const ada = await sitDown();
  const { secret, key } = await protect(ada);
  await key.putAway();
  const token = await live(secret);
  await restart();
  await visit();
  await signInAgain(ada, secret);
  await makeTokens(ada);
  advance(3 * day);
  await ada.page.context().clearCookies();
  await ada.open('/login', /./);
  await ada.fill({ 'Username or email': 'ada', Password: password });
  await ada.press('Sign in');
  await ada.arriveAt('Two-factor authentication');
  await take(ada, 'second-step');
  await ada.follow(/^Lost access/);
  await take(ada, 'second-step-recovery');
  await signInAgain(ada, secret);
  await key.takeOut();
  await settle(ada);
  await keepSshKeys(ada);
  await approve(ada, token, secret);
  await invite(ada);
  await guard(token, secret);
  console.log(sum());
} finally {
  await finish().finally(close);
}
