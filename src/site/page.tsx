/**
 * Pages and forms of the website. A page is read in the view in which it is judged; a form is a page that also takes a
 * POST, shows beforehand which proof its act wants, and comes back with what was typed when it is refused (design §3, §4).
 */
import type { VNode } from 'preact';
import { renewSession } from '../accounts/sessions.ts';
import { type FactorKinds, readFactorKinds } from '../factors/overview.ts';
import type { Gate } from '../gate/gate.ts';
import { type Fields, readForm } from '../http/form-body.ts';
import type { Asked, Reply, Route, Visit } from '../http/route.ts';
import { type Failure, fail, isFailure } from '../kernel/failure.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Wanted } from '../policy/decide.ts';
import type { Permit } from '../policy/permit.ts';
import { type Action, policy } from '../policy/policy.ts';
import { statusOf } from './failures.tsx';
import type { KeyDesk } from './keys/desk.ts';
import type { PageContext } from './parts/context.ts';
import { renderPage } from './parts/page.tsx';

/** What the website knows of the installation. */
export interface SiteSettings {
  readonly siteName: string;
  readonly publicUrl: string;
  /** Who may make an account by themselves: nobody unless it is `open`. */
  readonly registration: 'open' | 'invite' | 'closed';
  /** Null where browsers offer no security keys: without https, or under an address in place of a name. */
  readonly keys: KeyDesk | null;
}

type Tx = Parameters<Parameters<Gate['look']>[3]>[0];
type WritingTx = Parameters<Parameters<Gate['perform']>[1]['work']>[0];

/** A request to the website. */
export type SiteAsked<B = undefined> = Asked<B> & { readonly visit: Visit };

/** The request as the website takes it; only its own routes are mounted with a visit. */
export function visited<B>(asked: Asked<B>): SiteAsked<B> {
  const { visit } = asked;
  if (visit === null) throw new Error('a page needs a visit');
  return { ...asked, visit };
}

/** What a page knows beside what it shows. */
export function contextOf(
  { siteName, publicUrl, registration }: SiteSettings,
  actor: Actor,
  visit: Visit,
): PageContext {
  return {
    siteName,
    publicUrl,
    prefix: new URL(publicUrl).pathname.replace(/\/$/, ''),
    viewer: actor.account && { name: actor.account.name, staff: visit.staff, staffWaits: visit.staffWaits },
    closed: registration !== 'open',
    formToken: visit.formToken,
  };
}

/** Sends a page. What anybody may have sees is not kept anywhere: most pages show who is signed in (WE3). */
export const html = (page: VNode, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: Buffer.from(renderPage(page)),
});

/** Sends the browser on to another page, which it reads anew. `path` stands below the public URL. */
export const goTo = ({ publicUrl }: SiteSettings, path: string): Reply => ({
  status: 303,
  headers: { location: `${publicUrl}${path}`, 'cache-control': 'no-store' },
});

/** The account that is signed in, where its page is asked for by name or by `~`; fails with `not_found` for another's. */
export function ownName({ actor, params }: Asked<unknown>): string {
  const own = actor.account?.name ?? fail('credential_missing');
  return params.name === undefined || params.name === '~' || params.name === own ? own : fail('not_found');
}

/** The account that is signed in; fails with `credential_missing` where none is. */
export const owner = ({ actor }: Pick<Asked<unknown>, 'actor'>): { id: string; name: string } =>
  actor.account ?? fail('credential_missing');

/** The account that is signed in as the target of an act. */
export const self = (asked: Asked<unknown>): Target => ({ on: 'account', name: ownName(asked) });
export const site = (): Target => ({ on: 'site' });

/** A page that changes nothing. */
export function page<T>(
  settings: SiteSettings,
  shape: {
    readonly path: string;
    readonly action: Action;
    readonly target: (asked: Asked<unknown>) => Target;
    /** Reads in the view in which the page is judged. */
    readonly read: (tx: Tx, asked: SiteAsked) => Promise<T>;
    /** Slow work outside of any transaction, such as rendering texts. */
    readonly show: (
      read: T,
      context: PageContext,
      asked: SiteAsked,
    ) => VNode | Reply | Promise<VNode | Reply>;
  },
): Route {
  return {
    surface: 'site',
    method: 'GET',
    path: shape.path,
    actions: [shape.action],
    ignoresCredential: false,
    bodyLimit: 0,
    handle: async (gate, plain) => {
      const asked = visited(plain);
      const found = await gate.look(asked.actor, shape.action, shape.target(asked), (tx) =>
        shape.read(tx, asked),
      );
      return asReply(await shape.show(found, contextOf(settings, asked.actor, asked.visit), asked));
    },
  };
}

const isReply = (answer: VNode | Reply): answer is Reply => !('type' in answer);
const asReply = (answer: VNode | Reply): Reply => (isReply(answer) ? answer : html(answer));

/** What a form's page is made of. */
export interface FormView<T> {
  readonly data: T;
  readonly context: PageContext;
  /** Which proofs the act wants: fields to show. */
  readonly wanted: Wanted;
  /** Which kinds of factor the account has, where one is wanted. */
  readonly kinds: FactorKinds;
  /** The act that the form asks for. */
  readonly action: Action;
  /** What was typed, never passwords and codes; the query's values before anything was. */
  readonly values: Fields;
  /** Why it was refused, if it was. */
  readonly failure: Failure | undefined;
  readonly asked: SiteAsked;
}

export interface FormShape<A extends Action, T, W, P, R> {
  readonly path: string;
  readonly action: A;
  readonly target: (asked: Asked<unknown>, fields?: Fields) => Target;
  /** Reads what the page shows beside the form. */
  readonly read: (tx: Tx, asked: SiteAsked) => Promise<T>;
  readonly show: (view: FormView<T>) => VNode;
  /** Headers of the page beside those of every page. */
  readonly headers?: (data: T) => Readonly<Record<string, string>>;
  /** What the fields ask for. Fails with `request_invalid`. */
  readonly wish: (fields: Fields, asked: SiteAsked) => W;
  readonly prepare?: (wish: W, asked: SiteAsked, gate: Gate) => Promise<P>;
  readonly run: (tx: WritingTx, permit: Permit<A>, wish: W, prepared: P, asked: SiteAsked) => Promise<R>;
  /** Shows the end, or goes on to another page. */
  readonly done: (result: R, asked: SiteAsked, context: PageContext, wish: W) => VNode | Reply;
  /** What was given as reason, for the log. */
  readonly reason?: (wish: W) => string | undefined;
  /** A code that the use-case looks at, not the gate. */
  readonly guess?: (fields: Fields) => string | undefined;
  /** The account's action under which the page itself is judged; the act's own when left out. */
  readonly seenAs?: Action;
}

/** Codes are typed in groups. */
export const codeIn = ({ code = '' }: Fields): string | null => code.trim() || null;

/** What a form may show again. */
export const withoutSecrets = ({
  password: _p,
  code: _c,
  form: _f,
  'new-password': _n,
  key: _k,
  credential: _r,
  ...rest
}: Fields): Fields => rest;

const noKinds: FactorKinds = { app: false, keys: false };

/** Which kinds of factor the account that is signed in can prove here. */
const readKinds = (gate: Gate, asked: SiteAsked, { keys }: SiteSettings): Promise<FactorKinds> =>
  gate.look(asked.actor, 'account.read', { on: 'account', name: owner(asked).name }, async (tx) => {
    const kinds = await readFactorKinds(tx, owner(asked).id);
    return { ...kinds, keys: kinds.keys && keys !== null };
  });

async function present<A extends Action, T, W, P, R>(
  settings: SiteSettings,
  shape: FormShape<A, T, W, P, R>,
  gate: Gate,
  asked: SiteAsked,
  told: { readonly values: Fields; readonly failure?: Failure },
): Promise<Reply> {
  const target = shape.target(asked, told.values);
  const wanted = await gate.preview(asked.actor, shape.action, target);
  const seen = shape.seenAs ?? 'site.read';
  const data = await gate.look(
    asked.actor,
    seen,
    policy[seen].on === 'site' ? { on: 'site' } : target,
    (tx) => shape.read(tx, asked),
  );
  const { action } = shape;
  const kinds = wanted.factor ? await readKinds(gate, asked, settings) : noKinds;
  const context = contextOf(settings, asked.actor, asked.visit);
  const { values, failure } = told;
  const page = shape.show({ data, context, wanted, kinds, action, values, failure, asked });
  const reply = htmlOf(page, failure);
  return { ...reply, headers: { ...reply.headers, ...shape.headers?.(data) } };
}

/** Sends a page, with the status of the refusal that it shows. */
export function htmlOf(page: VNode, failure: Failure | undefined): Reply {
  if (failure === undefined) return html(page);
  const reply = html(page, statusOf(failure));
  if (!isFailure(failure, 'too_many_attempts') && !isFailure(failure, 'busy')) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(failure.details.retryAfter) } };
}

/** What a security key answered for this act, if one did. */
const keyIn = ({ keys }: SiteSettings, action: Action, asked: SiteAsked, { key }: Fields) =>
  key && keys ? () => keys.takeStepUp(asked, action, key) : undefined;

async function submit<A extends Action, T, W, P, R>(
  settings: SiteSettings,
  shape: FormShape<A, T, W, P, R>,
  gate: Gate,
  asked: SiteAsked,
  fields: Fields,
): Promise<Reply> {
  const actor: Actor = { ...asked.actor, code: codeIn(fields) };
  const wish = shape.wish(fields, asked);
  const done = await gate.perform<A, P, { result: R; cookie: string | undefined }>(actor, {
    action: shape.action,
    target: shape.target(asked, fields),
    password: fields.password || undefined,
    guess: shape.guess?.(fields),
    reason: shape.reason?.(wish),
    key: keyIn(settings, shape.action, asked, fields),
    prepare: async () => (await shape.prepare?.(wish, asked, gate)) as P,
    work: async (tx, permit, prepared) => ({
      result: await shape.run(tx, permit, wish, prepared, asked),
      cookie: await renewSession(tx, permit),
    }),
  });
  if (done.cookie !== undefined) asked.visit.setCookie({ name: 'session', value: done.cookie });
  return asReply(shape.done(done.result, asked, contextOf(settings, asked.actor, asked.visit), wish));
}

/** What a form cannot show again: who asks is not known any more, or may not even see it. */
const leaves: readonly string[] = ['session_ended', 'credential_missing', 'not_found', 'package_not_found'];

/** A page with a form, and the act that the form asks for. */
export function form<A extends Action, T = undefined, W = undefined, P = undefined, R = void>(
  settings: SiteSettings,
  shape: FormShape<A, T, W, P, R>,
): readonly [Route, Route] {
  const common = {
    surface: 'site',
    path: shape.path,
    ignoresCredential: false,
    bodyLimit: 64 * 1024,
  } as const;
  return [
    {
      ...common,
      method: 'GET',
      actions: [shape.seenAs ?? 'site.read'],
      handle: async (gate, asked) =>
        present(settings, shape, gate, visited(asked), { values: definedOnly(asked.query) }),
    },
    {
      ...common,
      method: 'POST',
      actions: [shape.action],
      handle: async (gate, plain, { request }) => {
        const asked = visited(plain);
        const fields = await readForm(request);
        asked.visit.checkForm(fields);
        try {
          return await submit(settings, shape, gate, asked, fields);
        } catch (failure) {
          if (!isFailure(failure) || leaves.includes(failure.code)) throw failure;
          return present(settings, shape, gate, asked, { values: withoutSecrets(fields), failure });
        }
      },
    },
  ];
}

/** The parameters of a query as fields. */
export const definedOnly = (query: Asked['query']): Fields =>
  Object.fromEntries(Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined));
