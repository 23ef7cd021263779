import { expect, test } from 'vitest';
import { actions, policy } from '../../src/policy/policy.ts';
import { openApp } from '../support/app.ts';

const mountedRoutes = async () => (await openApp('sqlite')).app.routes;

test('the mounted routes, their actions and what they ask are those that were agreed', async () => {
  const lines = (await mountedRoutes()).flatMap(({ method, path, actions: named }) =>
    named.map((action) => {
      const { asks, password, who } = policy[action];
      return `${method.padEnd(6)} ${path.padEnd(48)} ${action.padEnd(22)} ${who.padEnd(9)} ${asks}${password ? ' and the password' : ''}`;
    }),
  );
  await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot('./routes.snapshot.txt');
});

test('every action has a route or is done on the console', async () => {
  const routed = new Set(
    (await mountedRoutes()).flatMap(({ actions: own, beside = [] }) => [...own, ...beside]),
  );
  const lost = actions.filter((action) => !routed.has(action) && policy[action].who !== 'operator');
  expect(lost).toEqual([]);
});
