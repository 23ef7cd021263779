/** Who am I, and who is that (protocol/auth.md §5.4, §5.6). */
import { findAccount } from '../accounts/accounts.ts';
import { type Asked, type Route, reading } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { userOf } from './login.ts';
import { noStore } from './no-store.ts';

const self = ({ actor }: Asked<unknown>) =>
  ({ on: 'account', name: actor.account?.name ?? actor.claim?.name ?? '' }) as const;

const whoamiRoute = reading({
  action: 'account.identify',
  path: '/-/whoami',
  target: self,
  read: async (_tx, { actor }) => ({ headers: noStore, body: { username: actor.account?.name } }),
});

/**
 * What `npm owner` reads of somebody before it names them a maintainer: the name is all that it needs. Whoever may sign up
 * could otherwise ask for the address behind every name (requirements RL9, docs/decisions/0028).
 */
const userRoute = reading({
  action: 'account.describe',
  path: '/-/user/:id',
  target: (asked) => ({ on: 'account', name: userOf(asked) }),
  read: async (tx, asked) => {
    const account = (await findAccount(tx, userOf(asked))) ?? fail('not_found');
    const { name, email } = account;
    const own = account.id === asked.actor.account?.id ? { email } : {};
    return { headers: noStore, body: { _id: `org.couchdb.user:${name}`, type: 'user', name, ...own } };
  },
});

export const whoamiRoutes: readonly Route[] = [whoamiRoute, userRoute];
