/** The second factor for one act of the command line, or for a release (requirements LK5, SE5). */
import type { ShownHandoff } from '../../accounts/handoff-page.ts';
import { approveOtp } from '../../accounts/handoffs.ts';
import type { Route } from '../../http/route.ts';
import { policy } from '../../policy/policy.ts';
import { KeyButton } from '../keys/parts.tsx';
import { type FormView, form, goTo, self } from '../page.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Empty } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { denialRoutes } from './denial.tsx';
import { Asker, type AskerFacts, endings, FarApart, type HandoffPagesParts, readAsked } from './parts.tsx';

const pathOf = (id: string): string => `/auth/cli/${id}`;
const minute = 60_000;

type Act = NonNullable<ShownHandoff['act']>;

/** What an act is done to, and the beginning of the digest of what is published, where it names one. */
function readSubject(subject: string): { readonly name: string; readonly content: string | undefined } {
  const [, name = subject, content] = /^(\S+) (sha\d+-\S{16})/.exec(subject) ?? [];
  return { name, content };
}

/** The act in the words of its command. */
function ActLine({ act }: { act: Act }) {
  return (
    <p class="command">
      <code>
        {policy[act.action].command} {readSubject(act.subject).name}
      </code>
    </p>
  );
}

const Digest = ({ subject }: { subject: string }) => {
  const { content } = readSubject(subject);
  return content === undefined ? null : <code title={subject}>{content}…</code>;
};

const tokenWords = ({ token }: Act): string =>
  token === null
    ? 'your password'
    : `access token ${token.prefix}…${token.name === null ? '' : `, ${token.name}`}`;

/** What is published, and what asks for it. */
const factsOf = (act: Act): AskerFacts => [
  ...(readSubject(act.subject).content === undefined
    ? []
    : [{ term: 'Content', value: <Digest subject={act.subject} /> }]),
  { term: 'Asked with', value: tokenWords(act) },
];

/** What a release is, and the same two ways with a key in place of a code. */
function ReleaseWays({ view: { context, wanted, kinds, action } }: { view: FormView<ShownHandoff> }) {
  return (
    <>
      <p class="field-help">
        A release is what the same token publishes from the same address, at most 200 times. Each publish is
        listed here as it happens. It opens nothing else.
      </p>
      {wanted.factor && kinds.keys && (
        <Actions>
          <KeyButton context={context} purpose="step-up" operation={action}>
            Use a security key
          </KeyButton>
          <KeyButton context={context} purpose="step-up" operation={action} submit="release">
            Use a security key for this release
          </KeyButton>
        </Actions>
      )}
    </>
  );
}

function Waiting(props: { view: FormView<ShownHandoff>; act: Act; id: string; parts: HandoffPagesParts }) {
  const { view, act, id, parts } = props;
  const { context, data } = view;
  const minutes = Math.round(parts.releaseWindow / minute);
  return (
    <Page context={context} title="Approve with your second factor" width="narrow">
      <Refusal view={view} />
      <ActLine act={act} />
      <Asker handoff={data} now={parts.now()} first={factsOf(act)} />
      {data.farApart && <FarApart />}
      <Form context={context} action={pathOf(id)} label="Approve">
        <Proofs view={view} withKey={!act.mayServeRelease} />
        <Actions>
          <Button kind="primary">{act.mayServeRelease ? 'Approve only this' : 'Approve'}</Button>
          {act.mayServeRelease && (
            <Button kind="secondary" name="release" value="yes">
              Approve this release for {minutes} minutes
            </Button>
          )}
        </Actions>
        {act.mayServeRelease && <ReleaseWays view={view} />}
      </Form>
      <Form context={context} action={`${pathOf(id)}/deny`} label="Deny">
        <Actions>
          <Button kind="secondary">Deny</Button>
        </Actions>
      </Form>
    </Page>
  );
}

/** How things stand, in a sentence. */
function endOf(state: ShownHandoff['state'], release: Act['release']): string {
  if (release?.open) return 'Approved. Go back to the terminal; each publish is listed here as it happens.';
  if (release) return 'This release is over: the next publish is asked your second factor again.';
  return state === 'waiting' ? endings.expired : endings[state];
}

/** What was approved, and what was done with it so far. */
function Answered(props: { view: FormView<ShownHandoff>; act: Act; id: string; now: number }) {
  const { view, act, id, now } = props;
  const { context, data } = view;
  const { release } = act;
  return (
    <Page context={context} title={release ? 'Release' : 'Approve with your second factor'} width="text">
      <Refusal view={view} />
      <ActLine act={act} />
      <Lead>{endOf(data.state, release)}</Lead>
      {release && (
        <Section title="Published with this approval">
          {act.uses.length === 0 ? (
            <Empty title="Nothing yet" />
          ) : (
            <DataTable
              caption="Published with this approval"
              quietCaption
              columns={[
                { label: 'Package', cell: (use) => <code>{readSubject(use.subject).name}</code> },
                { label: 'Content', cell: (use) => <Digest subject={use.subject} /> },
                { label: 'When', cell: (use) => <Time at={use.at} now={now} /> },
              ]}
              rows={act.uses}
              keyOf={(use) => `${use.at} ${use.subject}`}
            />
          )}
          {release.open && (
            <>
              <p>
                Ends <Time at={release.until} now={now} />. This page follows by itself.
              </p>
              <Form context={context} action={`${pathOf(id)}/deny`} label="End this release">
                <Actions>
                  <Button kind="danger">End this release now</Button>
                </Actions>
              </Form>
            </>
          )}
        </Section>
      )}
    </Page>
  );
}

const approvalRoutes = (parts: HandoffPagesParts): readonly Route[] =>
  form<'handoff.approveOtp', ShownHandoff, { release: boolean }>(parts.settings, {
    path: pathOf(':id'),
    action: 'handoff.approveOtp',
    seenAs: 'handoff.read',
    target: self,
    read: readAsked('otp'),
    show: (view) => {
      const { act, state } = view.data;
      const id = view.asked.params.id ?? '';
      if (act === null) return <Page context={view.context} title="Not found" children={null} />;
      return state === 'waiting' ? (
        <Waiting view={view} act={act} id={id} parts={parts} />
      ) : (
        <Answered view={view} act={act} id={id} now={parts.now()} />
      );
    },
    // The browser reads the page anew while a release goes on, without a script.
    headers: ({ act }): Record<string, string> => (act?.release?.open ? { refresh: '3' } : {}),
    wish: (fields) => ({ release: fields.release === 'yes' }),
    run: (tx, permit, { release }, _prepared, { params }) =>
      approveOtp(tx, permit, { id: params.id ?? '', release }, { releaseWindow: parts.releaseWindow }),
    done: (_nothing, { params }) => goTo(parts.settings, pathOf(params.id ?? '')),
  });

export const proofHandoffRoutes = (parts: HandoffPagesParts): readonly Route[] => [
  ...approvalRoutes(parts),
  ...denialRoutes(parts.settings, pathOf),
];
