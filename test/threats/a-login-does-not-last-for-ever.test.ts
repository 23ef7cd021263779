import { expect, test } from 'vitest';
import { Browser } from '../site/browser.ts';
import { makeStaff } from '../site/staff.ts';
import type { TestApp } from '../support/app.ts';
import { goodPassword, login, minute, openWorld, signUp } from './people.ts';

const hour = 60 * minute;
const day = 24 * hour;

const isLoggedIn = async ({ ask }: TestApp, token: string): Promise<boolean> =>
  (await ask('GET', '/-/whoami', { token })).statusCode === 200;

async function signIn(world: TestApp): Promise<Browser> {
  const browser = await new Browser(world).open('/login');
  return browser.submit('/login', { username: 'hannah', password: goodPassword });
}

const isSignedIn = async (browser: Browser): Promise<boolean> =>
  (await browser.open('/settings/~/profile')).heading() === 'Profile';

test('a login of the command line ends after two idle weeks, and after ninety days however it is used', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  world.clock.advance(13 * day);
  expect(await isLoggedIn(world, token)).toBe(true);
  world.clock.advance(14 * day + minute);
  expect(await isLoggedIn(world, token)).toBe(false);

  const second = (await login(world, 'hannah')).json().token as string;
  let lived = 0;
  while (lived < 200 && (await isLoggedIn(world, second))) {
    world.clock.advance(day);
    lived += 1;
  }
  expect(lived).toBe(90);
});

test('a session of the website ends after an idle day, and after two weeks however it is used', async () => {
  const world = await openWorld();
  await signUp(world);
  const idle = await signIn(world);
  world.clock.advance(23 * hour);
  expect(await isSignedIn(idle)).toBe(true);
  world.clock.advance(day + minute);
  expect(await isSignedIn(idle)).toBe(false);

  const busy = await signIn(world);
  let lived = 0;
  while (lived < 100 && (await isSignedIn(busy))) {
    world.clock.advance(12 * hour);
    lived += 1;
  }
  expect(lived).toBe(28);
});

test.each([
  ['that began before its account became staff', false],
  ['of staff', true],
])('a session %s ends after an idle hour, and after eight however it is used', async (_what, isStaff) => {
  const world = await openWorld();
  await signUp(world);
  if (isStaff) await makeStaff(world, 'hannah');
  const [idle, busy] = [await signIn(world), await signIn(world)];
  if (!isStaff) await makeStaff(world, 'hannah');
  let lived = 0;
  while (lived < 100 && (await isSignedIn(busy))) {
    world.clock.advance(30 * minute);
    lived += 1;
    if (lived === 1) expect(await isSignedIn(idle)).toBe(true);
    if (lived === 3) expect(await isSignedIn(idle)).toBe(false);
  }
  expect(lived).toBe(16);
});

test('a session that is used every minute stays open where those of staff end after four idle ones', async () => {
  const world = await openWorld({ TALLYSTICK_STAFF_SESSION_IDLE: '4m' });
  await signUp(world);
  const browser = await signIn(world);
  await makeStaff(world, 'hannah');
  for (let minutes = 0; minutes < 12; minutes += 1) {
    world.clock.advance(minute);
    expect(await isSignedIn(browser), `minute ${minutes}`).toBe(true);
  }
  world.clock.advance(4 * minute);
  expect(await isSignedIn(browser)).toBe(false);
});

test('whoever is signed in at twenty places is signed out at the oldest by one more', async () => {
  const world = await openWorld();
  await signUp(world);
  const browsers: Browser[] = [];
  for (let number = 0; number < 21; number += 1) {
    browsers.push(await signIn(world));
    world.clock.advance(minute);
  }
  const [oldest, second] = browsers;
  expect(oldest && (await isSignedIn(oldest))).toBe(false);
  expect(second && (await isSignedIn(second))).toBe(true);
});

test('the owner sees each login of the command line and ends it, at once', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const browser = await signIn(world);
  await browser.open('/settings/~/sessions');
  const [, id = ''] =
    /name="end" value="login"[^>]*><input[^>]*name="id" value="([^"]+)"/.exec(browser.body) ?? [];
  expect(browser.text()).toContain('127.0.0.1');
  await browser.submit('/settings/hannah/sessions', { end: 'login', id });
  expect(await isLoggedIn(world, token)).toBe(false);
});
