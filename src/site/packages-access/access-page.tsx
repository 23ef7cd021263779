/** What a package's maintainers see of its access, and the choices of its second factor. */
import type { ComponentChildren } from 'preact';
import type { Failure } from '../../kernel/failure.ts';
import { type Access, type Collaborator, listCollaborators, readAccess } from '../../packages/inspect.ts';
import { RadioGroup } from '../parts/choices.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Section } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Badge, Notice } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { DataTable } from '../parts/tables.tsx';
import { Refusal } from '../proofs.tsx';
import { accessPath, type FactorRule, ruleOf, ruleOptions } from './words.ts';

export interface AccessFacts {
  readonly access: Access;
  readonly people: readonly Collaborator[];
}

type Tx = Parameters<typeof readAccess>[0];

/** Who may do what with a living package. Fails with `package_not_found`. */
export const readAccessFacts = async (tx: Tx, name: string): Promise<AccessFacts> => ({
  access: await readAccess(tx, name),
  people: await listCollaborators(tx, name),
});

export interface AccessView extends AccessFacts {
  readonly context: PageContext;
  readonly name: string;
  /** The account that looks, by name. */
  readonly own: string;
  /** Whether that account has no second factor. */
  readonly unprotected: boolean;
  /** What was chosen, where that was refused. */
  readonly chosen?: FactorRule | string | undefined;
  readonly failure?: Failure | undefined;
  /** The fields for the proofs that changing the rule wants. */
  readonly proofs?: ComponentChildren;
  /** What just happened. */
  readonly done?: ComponentChildren;
}

/** A page about the access of a package; its heading names the package. */
export function PackageFrame(props: {
  readonly context: PageContext;
  readonly name: string;
  readonly title: string;
  readonly notice?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { context, name, title } = props;
  return (
    <Page
      context={context}
      title={`${title} · ${name}`}
      heading={
        <>
          {title} <code>{name}</code>
        </>
      }
      notice={props.notice}
    >
      {props.children}
    </Page>
  );
}

function RuleForm({ view }: { view: AccessView }) {
  const { context, name, access } = view;
  return (
    <Section title="Two-factor authentication">
      {view.unprotected && (
        <Notice kind="warning" title="Your own account has no second factor">
          <p>
            Once this package requires one you could neither publish it nor take the rule back.{' '}
            <Link context={context} href="/settings/~/authentication/add">
              Add Two-Factor Authentication
            </Link>{' '}
            first.
          </p>
        </Notice>
      )}
      <Form context={context} action={accessPath(name)} label="Two-factor authentication">
        <RadioGroup
          legend="Require two-factor authentication to publish"
          name="mfa"
          value={view.chosen ?? ruleOf(access)}
          options={ruleOptions}
        />
        {view.proofs}
        <Actions>
          <Button kind="primary">Save</Button>
        </Actions>
      </Form>
      <p>In a terminal:</p>
      <CopyLine text={`npm access set mfa=publish ${name}`} />
    </Section>
  );
}

function Visibility({ view: { context, name, access } }: { view: AccessView }) {
  const isPublic = access.visibility === 'public';
  return (
    <Section title="Who may read it">
      <p>
        <Badge kind={isPublic ? 'neutral' : 'accent'}>{access.visibility}</Badge>{' '}
        {isPublic ? 'Everybody who may read this registry.' : 'Its maintainers and its scope alone.'}
      </p>
      {name.startsWith('@') ? (
        <LinkButton context={context} href={accessPath(name, '/visibility')}>
          {isPublic ? 'Make restricted' : 'Make public'}
        </LinkButton>
      ) : (
        <p class="muted">A package without a scope is always public.</p>
      )}
    </Section>
  );
}

function People({ view: { context, name, people, own } }: { view: AccessView }) {
  const maintainers = people.filter(({ right }) => right === 'write');
  return (
    <Section
      title="Maintainers"
      aside={
        <LinkButton context={context} href={accessPath(name, '/maintainers')}>
          Add maintainer
        </LinkButton>
      }
    >
      <DataTable
        caption="Maintainers"
        quietCaption
        rows={maintainers}
        keyOf={(one) => one.name}
        columns={[
          {
            label: 'Username',
            cell: (one) => (
              <>
                <code>{one.name}</code> {one.name === own && <Badge>you</Badge>}
              </>
            ),
          },
          {
            label: 'Remove',
            kind: 'action',
            cell: (one) =>
              maintainers.length > 1 ? (
                <Link context={context} href={accessPath(name, `/maintainers/${one.name}/remove`)}>
                  Remove<span class="hush"> {one.name}</span>
                </Link>
              ) : (
                <span class="muted">the only one</span>
              ),
          },
        ]}
      />
      <p>In a terminal:</p>
      <CopyLine text={`npm owner add <username> ${name}`} />
    </Section>
  );
}

export function AccessPage({ view }: { view: AccessView }) {
  const { context, name, done } = view;
  return (
    <PackageFrame context={context} name={name} title="Access" notice={done}>
      <Refusal view={{ failure: view.failure }} />
      <p>
        <Link context={context} href={`/package/${name}`}>
          Back to the package
        </Link>
      </p>
      <RuleForm view={view} />
      <Visibility view={view} />
      <People view={view} />
    </PackageFrame>
  );
}
