import { show, sitDown, take } from './pictures.mjs';

/** What a stranger sees. */
export async function visit() {
  const stranger = await sitDown();
  await show(stranger, '/', 'home');
  await show(stranger, '/search?q=string', 'search');
  await show(stranger, '/search?q=abacus', 'search-empty');
  await show(stranger, '/package/left-padlock', 'package');
  await stranger.follow(/^Versions/);
  await take(stranger, 'versions');
  await show(stranger, '/package/left-padlock', 'package');
  await stranger.follow(/^Dependencies/);
  await take(stranger, 'dependencies');
  await show(stranger, '/package/left-padlock/v/1.0.1', 'old-version');
  await show(stranger, '/package/abacus', 'not-found');
  await show(stranger, '/signup', 'sign-up');
  await show(stranger, '/auth/two-factor', 'help');
  await show(stranger, '/login', 'sign-in');
  await stranger.fill({ 'Username or email': 'ada', Password: 'a wrong one, sadly' });
  await stranger.press('Sign in');
  await stranger.page.getByRole('alert').waitFor();
  await take(stranger, 'sign-in-refused');
  await stranger.signUp('cleo');
  await take(stranger, 'welcome');
  await show(stranger, '/settings/~/authentication', 'authentication-off');
  await show(stranger, '/settings/~/tokens', 'tokens-empty');
  await stranger.leave();
}
