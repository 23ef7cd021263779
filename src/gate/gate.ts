/**
 * The gate: the one way to an act. It judges on a read, proves the password, reserves the attempt at a code, and then,
 * inside the transaction that acts, judges again, spends the code, mints the permit and lets the use-case work.
 */

import type { AddressRules } from '../accounts/guesses.ts';
import { type ProvenPassword, provePassword } from '../accounts/proving.ts';
import { isReleasing, useRelease } from '../factors/approvals.ts';
import { withinBudget } from '../factors/budget.ts';
import { spendAssertion, withinAssertion } from '../factors/keys-spending.ts';
import type { CheckedAssertion } from '../factors/keys-verification.ts';
import { resumingPage } from '../factors/mails.ts';
import { spendCode } from '../factors/spend.ts';
import type { Tolerance } from '../factors/totp.ts';
import { fail, isFailure } from '../kernel/failure.ts';
import type { Rate } from '../kernel/rate.ts';
import { record } from '../ledger/audit.ts';
import type { Floods } from '../ledger/floods.ts';
import type { Actor } from '../policy/actor.ts';
import { type Decision, decide, type Facts, wants, wantsOldKey } from '../policy/decide.ts';
import type { ProvenFactor, ProvenKey } from '../policy/permit.ts';
import { mintPermit } from '../policy/permit-mint.ts';
import { type Action, policy } from '../policy/policy.ts';
import type { Reading, Store } from '../store/store.ts';
import type { Act, Gate } from './act.ts';
import { withConsequences } from './consequences.ts';
import { consoleActor } from './console-actor.ts';
import { describeAct } from './describe.ts';
import { readFacts, type SiteRules } from './facts.ts';
import { rememberJudgements } from './judged.ts';
import { createTraces, type Deed } from './traces.ts';
import { checkWrites, countWrite } from './writes.ts';

export type { Act, Gate } from './act.ts';

function refuse(
  actor: Actor,
  decision: Decision & { verdict: 'refuse' },
  { publicUrl }: Pick<GateRules, 'publicUrl'>,
): never {
  if (actor.dead && actor.account === null) {
    if (typeof actor.dead === 'string') fail(actor.dead);
    fail('credential_expired', { at: new Date(actor.dead.expiredAt).toISOString() });
  }
  const { because, reason } = decision;
  if (
    because === 'not_allowed' ||
    because === 'token_insufficient' ||
    because === 'second_factor_missing' ||
    because === 'account_held'
  )
    fail(because, { reason: reason ?? '' });
  if (because === 'token_suspended')
    fail(because, { page: `${publicUrl}${resumingPage(actor.token ?? '')}` });
  return fail(because as 'not_found');
}

/** What came where a factor was asked. */
interface Presented {
  readonly code: string | null;
  readonly key: CheckedAssertion | null;
}

/** What the operator's settings say to the gate. */
export interface GateRules extends SiteRules, AddressRules {
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** How many steps of 30 s before and after now a code counts. */
  readonly totpTolerance: Tolerance;
  /** How much one account may change. */
  readonly writeLimit: Rate | 'off';
  /** How long an account is held that was got back without its second factor, or moved; milliseconds. */
  readonly holdTime: number;
}

/** The gate over a store, under the operator's settings. */
export function createGate(store: Store, rules: GateRules, floods: Floods): Gate {
  const leaveTrace = createTraces(store, floods);
  const judged = rememberJudgements();

  const factsFor = (
    tx: Reading,
    actor: Actor,
    { action, target, invitation }: Deed,
    password: ProvenPassword | null,
    proven: { factorProven: boolean; key?: ProvenKey | null } = { factorProven: false },
  ): Promise<Facts> => readFacts(tx, rules, { actor, action, target, password, invitation, ...proven });

  const enter = (actor: Actor, action: Action, facts: Facts): 'admit' | 'challenge' => {
    const decision = decide(action, facts);
    return decision.verdict === 'refuse' ? refuse(actor, decision, rules) : decision.verdict;
  };

  /** As `enter`, with the password taken for right, and so the name that came with it: both are judged later. */
  const enterWithoutPassword = (actor: Actor, action: Action, facts: Facts): 'admit' | 'challenge' => {
    const claimed = actor.claim ? ({ mode: 'off', frozen: false } as const) : null;
    return enter(actor, action, { ...facts, passwordProven: true, account: facts.account ?? claimed });
  };

  const provenPassword = async (
    actor: Actor,
    action: Action,
    password: string | undefined,
  ): Promise<ProvenPassword | null> => {
    if (actor.claim) return provePassword(store, actor.claim, actor, rules);
    // What the website's forms ask follows from the session: the decision says whether one is missing.
    if (actor.credential === 'browser' && !password) return null;
    if (actor.credential !== 'browser' && !policy[action].password) return null;
    if (password === undefined || actor.account === null) fail('password_missing');
    return provePassword(store, { name: actor.account.name, password }, actor, rules);
  };

  async function commit<A extends Action, P, T>(
    actor: Actor,
    act: Act<A, P, T>,
    password: ProvenPassword | null,
    prepared: P,
    { code, key }: Presented,
  ): Promise<T> {
    const account = actor.account ?? password?.account ?? null;
    const keys = [
      ...(account ? [`account:${account.id}`] : []),
      ...(act.target.on === 'package' ? [`package:${act.target.name}`] : []),
    ];
    return store.write(
      async (tx) => {
        let factor: ProvenFactor = 'none';
        let provenKey: ProvenKey | null = null;
        if (enter(actor, act.action, await factsFor(tx, actor, act, password)) === 'challenge') {
          if (account === null) fail('otp_required');
          const { action, subject } = act;
          const spending = { account, actor, action, subject, tolerance: rules.totpTolerance };
          // A code that no guess was reserved for is not looked at: the factor came on since the first look.
          if (key !== null) provenKey = await spendAssertion(tx, key, spending);
          else if (code !== null) factor = await spendCode(tx, { ...spending, code });
          else if (await useRelease(tx, spending)) factor = 'page';
          else fail('otp_required');
          if (provenKey !== null) factor = 'security-key';
          const proven = { factorProven: true, key: provenKey };
          enter(actor, act.action, await factsFor(tx, actor, act, password, proven));
        }
        await countWrite(tx, { account, action: act.action }, rules.writeLimit);
        const permit = mintPermit<A>({
          action: act.action,
          actor,
          account,
          target: act.target,
          factor,
          key: provenKey,
          passwordProven: password !== null,
        });
        const told = { factor, holdTime: rules.holdTime, actor };
        const result = await withConsequences(tx, { account, action: act.action }, told, () =>
          act.work(tx, permit, prepared),
        );
        if (policy[act.action].audited)
          await record(
            tx,
            describeAct(actor, account, act.action, act.target, {
              outcome: 'done',
              factor,
              reason: act.reason,
            }),
          );
        return result;
      },
      { serialise: keys },
    );
  }

  /** Who brings no code goes on only within a release that the owner approved. */
  const requireRelease = async (
    actor: Actor,
    account: Actor['account'],
    { action, subject }: Pick<Act<Action, never, never>, 'action' | 'subject'>,
  ): Promise<void> => {
    if (account === null) fail('otp_required');
    if (!(await store.read((tx) => isReleasing(tx, { account, actor, action, subject }))))
      fail('otp_required');
  };

  async function perform<A extends Action, P, T>(actor: Actor, act: Act<A, P, T>): Promise<T> {
    let acting = actor.account;
    try {
      const read = (proven: ProvenPassword | null): Promise<Facts> =>
        store.read((tx) => factsFor(tx, actor, act, proven));
      const before = actor.claim === null ? (judged.recall(actor, act) ?? (await read(null))) : undefined;
      if (before) enterWithoutPassword(actor, act.action, before);
      const password = await provenPassword(actor, act.action, act.password);
      acting ??= password?.account ?? null;
      const asked = enter(actor, act.action, before && password === null ? before : await read(password));
      if (asked === 'challenge' && actor.code === null && !act.key) await requireRelease(actor, acting, act);
      // A code would be looked at for nothing.
      if (asked === 'challenge' && policy[act.action].oldKey && !act.key)
        fail('not_allowed', { reason: wantsOldKey });
      const prepared = await act.prepare();
      const key = asked === 'challenge' && act.key ? await act.key() : null;
      const code = asked === 'challenge' && key === null ? actor.code : null;
      const done = (): Promise<T> => commit(actor, act, password, prepared, { code, key });
      const work = key === null ? done : () => withinAssertion(store, key, actor, done);
      // The guess that counts is the one that is looked at: a code in the body must not stand in for it.
      const guess = code ?? act.guess ?? null;
      if (guess === null || acting === null) return await work();
      return await withinBudget(store, { account: acting.id, actor, code: guess }, work);
    } catch (thrown) {
      await leaveTrace(actor, acting, act, thrown);
      throw thrown;
    }
  }

  return {
    perform,
    preview: (actor, action, target) =>
      store.read(async (tx) => {
        const facts = await factsFor(tx, actor, { action, target }, null);
        enterWithoutPassword(actor, action, facts);
        return wants(action, facts);
      }),
    judge: async (actor, action, target, orElse) => {
      const allows = (deed: Deed): Promise<void> =>
        store.read(async (tx) => {
          const facts = await factsFor(tx, actor, deed, null);
          enterWithoutPassword(actor, deed.action, facts);
          judged.keep(actor, deed, facts);
          await checkWrites(tx, { account: actor.account, action: deed.action }, rules.writeLimit);
        });
      const deed = { action, target };
      try {
        await allows(deed);
      } catch (refused) {
        // The first refusal is the one to tell: the other action was only a possibility.
        const isOther = isFailure(refused) && orElse !== undefined;
        if (isOther && (await isDone(allows({ action: orElse, target })))) return;
        await leaveTrace(actor, actor.account, deed, refused);
        throw refused;
      }
    },
    look: async (actor, action, target, work) => {
      let acting = actor.account;
      try {
        const password = actor.claim ? await provePassword(store, actor.claim, actor, rules) : null;
        acting ??= password?.account ?? null;
        return await store.read(async (tx) => {
          if (enter(actor, action, await factsFor(tx, actor, { action, target }, password)) === 'challenge')
            fail('otp_required');
          return work(tx);
        });
      } catch (thrown) {
        await leaveTrace(actor, acting, { action, target }, thrown);
        throw thrown;
      }
    },
    glance: (actor, standing) => {
      enter(actor, 'package.read', {
        credential: actor.credential,
        account: actor.account ? { mode: 'off', frozen: false } : null,
        addressAllowed: actor.addressAllowed,
        tokenSuspended: false,
        tokenGuarded: false,
        covered: true,
        passwordProven: false,
        factorProven: false,
        factorFresh: false,
        passwordFresh: false,
        standing,
        packageRule: { requiresFactor: false, bypassAllowed: true },
        hold: null,
        staff: false,
        registration: rules.registration,
        invited: false,
        anonymousRead: rules.anonymousRead,
      });
    },
    onConsole: (action, target, work, reason) =>
      store.write(async (tx) => {
        const actor = consoleActor(tx.now);
        const permit = mintPermit<typeof action>({
          action,
          actor,
          account: null,
          target,
          factor: 'none',
        });
        const result = await work(tx, permit);
        await record(tx, describeAct(actor, null, action, target, { outcome: 'done', reason }));
        return result;
      }),
  };
}

/** Whether something is not refused. */
const isDone = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    (thrown) => {
      if (isFailure(thrown)) return false;
      throw thrown;
    },
  );
