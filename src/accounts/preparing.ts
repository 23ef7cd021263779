import type { Store } from '../store/store.ts';
import {
  findAccount,
  findNameByEmail,
  type NewPasswordRules,
  prepareAccount,
  preparePassword,
  type ReadyAccount,
  type ReadyPassword,
} from './accounts.ts';
import { type AddressRules, countSignUp } from './guesses.ts';

/** The slow work before acts on accounts, over one store and under the operator's settings. */
export interface AccountPreparing {
  /** Whether somebody can sign in under the name. */
  isAccount(name: string): Promise<boolean>;
  /**
   * Checks and hashes what a stranger wants to sign up with, counted against the limit of their address. Fails with
   * `request_invalid`, `account_name_taken`, `too_many_attempts` or `busy`.
   */
  signUp(
    wish: { readonly name: string; readonly email: string; readonly password: string },
    address: string | null,
  ): Promise<ReadyAccount>;
  /** The name of the one account with this e-mail address; the text itself where it is no address, or not of one. */
  nameBehind(typed: string): Promise<string>;
  /** Checks and hashes a new password. Fails with `request_invalid` or `busy`. */
  newPassword(name: string, password: string): Promise<ReadyPassword>;
}

export function createAccountPreparing(
  store: Store,
  rules: NewPasswordRules & AddressRules,
): AccountPreparing {
  return {
    isAccount: async (name) => (await store.read((tx) => findAccount(tx, name))) !== undefined,
    signUp: async (wish, address) => {
      await countSignUp(store, address, rules);
      return prepareAccount(store, wish, rules);
    },
    nameBehind: async (typed) =>
      typed.includes('@') ? ((await store.read((tx) => findNameByEmail(tx, typed))) ?? typed) : typed,
    newPassword: (name, password) => preparePassword(store, name, password, rules),
  };
}
