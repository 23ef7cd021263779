/** `npm login` in the browser: who asks, from where, with the code to compare (requirements LK2, LK3). */
import { type ShownHandoff, wantsAccount } from '../../accounts/handoff-page.ts';
import { approveLogin } from '../../accounts/handoffs.ts';
import type { Route } from '../../http/route.ts';
import { type FormView, form, goTo, self, visited } from '../page.tsx';
import { Checkbox } from '../parts/choices.tsx';
import { LargeCode } from '../parts/copy.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { Page } from '../parts/page.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { denialRoutes } from './denial.tsx';
import { Asker, endings, FarApart, type HandoffPagesParts, readAsked } from './parts.tsx';

const pathOf = (id: string): string => `/login/cli/${id}`;

function Comparison({ handoff: { comparison } }: { handoff: ShownHandoff }) {
  if (comparison === null) return null;
  return (
    <>
      <p>
        The terminal shows this code too. If it shows another one, deny. (npm 7, yarn and quiet runs of npm
        show none: then the terminal must have printed the address of this very page.)
      </p>
      <LargeCode code={comparison} />
    </>
  );
}

function Waiting({ view, id, now }: { view: FormView<ShownHandoff>; id: string; now: number }) {
  const { context, data } = view;
  return (
    <Page context={context} title="Log in on the command line" width="narrow">
      <Refusal view={view} />
      <Lead>
        A program asks to be logged in as <strong>{context.viewer?.name}</strong>.
      </Lead>
      <Asker handoff={data} now={now} />
      <Comparison handoff={data} />
      {data.farApart && <FarApart />}
      <Form context={context} action={pathOf(id)} label="Approve">
        {data.farApart && (
          <Checkbox label="I started this on another network" name="another-network" required />
        )}
        <Proofs view={view} />
        <Actions>
          <Button kind="primary">Approve</Button>
        </Actions>
      </Form>
      <Form context={context} action={`${pathOf(id)}/deny`} label="Deny">
        <Actions>
          <Button kind="secondary">Deny</Button>
        </Actions>
      </Form>
    </Page>
  );
}

const Over = ({ view }: { view: FormView<ShownHandoff> }) => {
  const { state } = view.data;
  return (
    <Page context={view.context} title="Log in on the command line" width="narrow">
      <Refusal view={view} />
      <p>{state === 'waiting' ? endings.expired : endings[state]}</p>
    </Page>
  );
};

/** Strangers sign in first, or sign up where `npm adduser` asks for that. */
function welcoming([get, post]: readonly [Route, Route], { settings }: HandoffPagesParts): readonly Route[] {
  return [
    {
      ...get,
      handle: async (gate, plain, raw) => {
        const asked = visited(plain);
        const { actor, params } = asked;
        if (actor.account !== null) return get.handle(gate, plain, raw);
        const id = params.id ?? '';
        const isNew = await gate.look(actor, 'site.read', { on: 'site' }, (tx) => wantsAccount(tx, id));
        return goTo(settings, `${isNew ? '/signup' : '/login'}?next=${encodeURIComponent(pathOf(id))}`);
      },
    },
    post,
  ];
}

const approvalRoutes = (parts: HandoffPagesParts): readonly Route[] =>
  welcoming(
    form<'handoff.approveLogin', ShownHandoff, { anotherNetwork: boolean }>(parts.settings, {
      path: pathOf(':id'),
      action: 'handoff.approveLogin',
      seenAs: 'handoff.read',
      target: self,
      read: readAsked('login'),
      show: (view) =>
        view.data.state === 'waiting' ? (
          <Waiting view={view} id={view.asked.params.id ?? ''} now={parts.now()} />
        ) : (
          <Over view={view} />
        ),
      wish: (fields) => ({ anotherNetwork: fields['another-network'] !== undefined }),
      run: (tx, permit, { anotherNetwork }, _prepared, { params }) =>
        approveLogin(tx, permit, { id: params.id ?? '', anotherNetwork }),
      done: (_nothing, { params }) => goTo(parts.settings, pathOf(params.id ?? '')),
    }),
    parts,
  );

export const loginHandoffRoutes = (parts: HandoffPagesParts): readonly Route[] => [
  ...approvalRoutes(parts),
  ...denialRoutes(parts.settings, pathOf),
];
