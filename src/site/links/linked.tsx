/**
 * Pages behind the one-time links of mails: opening one shows what it would do, its button does it (LK6). Nobody has to be
 * signed in, and whoever is acts as a stranger all the same: the link is the proof.
 */
import type { ComponentChildren, VNode } from 'preact';
import type { LinkedWish } from '../../accounts/linked-acts.ts';
import { findLink, type LinkKind, type MailedLink, pathOfLink } from '../../accounts/mailed-links.ts';
import type { Gate } from '../../gate/gate.ts';
import { type Fields, readForm } from '../../http/form-body.ts';
import type { Reply, Route } from '../../http/route.ts';
import { type Failure, fail, isFailure } from '../../kernel/failure.ts';
import type { Actor } from '../../policy/actor.ts';
import type { Permit } from '../../policy/permit.ts';
import { sentenceOf, whyLinkOver } from '../failures.tsx';
import { contextOf, htmlOf, type SiteAsked, type SiteSettings, site, visited } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { PasswordField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Page } from '../parts/page.tsx';
import { Refusal } from '../proofs.tsx';

/** Acts that a link in a mail does. */
export type LinkedAction =
  | 'account.confirmEmail'
  | 'account.undoEmail'
  | 'account.freezeByLink'
  | 'account.endSessionByLink';

type WritingTx = Parameters<Parameters<Gate['perform']>[1]['work']>[0];

/** One kind of link: what its page says, and what its button does. */
export interface LinkedShape<A extends LinkedAction> {
  readonly kind: LinkKind;
  readonly action: A;
  readonly title: string;
  readonly button: string;
  readonly danger?: boolean;
  /** What will happen. */
  readonly explain: (link: MailedLink, now: number, context: PageContext) => ComponentChildren;
  readonly run: (tx: WritingTx, permit: Permit<A>, wish: LinkedWish) => Promise<void>;
  readonly doneTitle: string;
  readonly done: (link: MailedLink, context: PageContext) => ComponentChildren;
}

const asStranger = (actor: Actor): Actor => ({
  ...actor,
  credential: 'anonymous',
  account: null,
  session: null,
  code: null,
});

/** Knows the password where the link asks for it: it is proven as at a sign-in, and guessed within the same budgets. */
function actorFor({ actor }: SiteAsked, link: MailedLink, { password }: Fields): Actor {
  const stranger = asStranger(actor);
  if (!link.asksPassword) return stranger;
  if (!password) return fail('password_missing');
  return { ...stranger, credential: 'password', claim: { name: link.account.name, password } };
}

const ends: readonly string[] = ['link_over', 'account_frozen'];

function OverPage({ context, failure }: { readonly context: PageContext; readonly failure: Failure }) {
  return (
    <Page context={context} title={sentenceOf(failure).replace(/\.$/, '')} width="text">
      {failure.code === 'link_over' ? (
        <p>{whyLinkOver}</p>
      ) : (
        <p>Links in its mails do nothing until the people who run this registry let it go on.</p>
      )}
    </Page>
  );
}

/** The page and the form behind one kind of link. */
export function linkedRoutes<A extends LinkedAction>(
  settings: SiteSettings,
  shape: LinkedShape<A>,
): readonly [Route, Route] {
  const { kind, action, title } = shape;
  const common = {
    surface: 'site',
    path: pathOfLink(kind, ':id'),
    ignoresCredential: false,
    bodyLimit: 64 * 1024,
  } as const;
  const idOf = ({ params }: SiteAsked): string => params.id ?? '';
  const find = (gate: Gate, asked: SiteAsked): Promise<MailedLink> =>
    gate.look(asStranger(asked.actor), 'site.read', site(), (tx) => findLink(tx, kind, idOf(asked)));

  const present = (asked: SiteAsked, link: MailedLink, failure?: Failure): Reply => {
    const context = contextOf(settings, asked.actor, asked.visit);
    const page: VNode = (
      <Page context={context} title={title} width="narrow">
        <Refusal view={{ failure, wanted: { password: link.asksPassword, factor: false } }} />
        {shape.explain(link, asked.actor.receivedAt, context)}
        <Form context={context} action={pathOfLink(kind, idOf(asked))}>
          {link.asksPassword && <PasswordField purpose="current" account={link.account.name} />}
          <Actions>
            <Button kind={shape.danger ? 'danger' : 'primary'}>{shape.button}</Button>
          </Actions>
        </Form>
      </Page>
    );
    return htmlOf(page, failure);
  };

  /** Whatever is wrong with a link, its page says the same. */
  const orOver = async (asked: SiteAsked, work: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await work();
    } catch (failure) {
      if (!isFailure(failure) || !ends.includes(failure.code)) throw failure;
      const context = contextOf(settings, asked.actor, asked.visit);
      return htmlOf(<OverPage context={context} failure={failure} />, failure);
    }
  };

  const submit = async (gate: Gate, asked: SiteAsked, link: MailedLink, fields: Fields): Promise<Reply> => {
    await gate.perform<A, undefined, void>(actorFor(asked, link, fields), {
      action,
      target: { on: 'account', name: link.account.name },
      prepare: async () => undefined,
      work: (tx, permit) => shape.run(tx, permit, { id: idOf(asked) }),
    });
    // Who was signed in here may be no longer.
    const context = contextOf(settings, asStranger(asked.actor), asked.visit);
    return htmlOf(
      <Page context={context} title={shape.doneTitle} width="narrow">
        {shape.done(link, context)}
      </Page>,
      undefined,
    );
  };

  return [
    {
      ...common,
      method: 'GET',
      actions: ['site.read'],
      handle: async (gate, plain) => {
        const asked = visited(plain);
        return orOver(asked, async () => present(asked, await find(gate, asked)));
      },
    },
    {
      ...common,
      method: 'POST',
      actions: [action],
      handle: async (gate, plain, { request }) => {
        const asked = visited(plain);
        const fields = await readForm(request);
        asked.visit.checkForm(fields);
        return orOver(asked, async () => {
          const link = await find(gate, asked);
          try {
            return await submit(gate, asked, link, fields);
          } catch (failure) {
            if (!isFailure(failure) || ends.includes(failure.code)) throw failure;
            return present(asked, link, failure);
          }
        });
      },
    },
  ];
}
