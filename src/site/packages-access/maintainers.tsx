/** Adding and removing maintainers on the website, as `npm owner add|rm` does. */
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { listCollaborators } from '../../packages/inspect.ts';
import { addOwner, removeOwner } from '../../packages/owners.ts';
import { form } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { type AccessParts, packageIn, packageTarget } from './access.tsx';
import { PackageFrame } from './access-page.tsx';
import { accessPath } from './words.ts';

type Tx = Parameters<typeof listCollaborators>[0];

const maintains = async (tx: Tx, name: string, user: string): Promise<boolean> =>
  (await listCollaborators(tx, name)).some((one) => one.name === user && one.right === 'write');

function DonePage(props: {
  context: PageContext;
  name: string;
  title: string;
  mailed: boolean;
  goOn: boolean;
}) {
  const { context, name, title, goOn } = props;
  return (
    <PackageFrame
      context={context}
      name={name}
      title="Maintainers of"
      notice={
        <Notice kind="success" title={title}>
          {props.mailed && <p>We sent a mail about it to everybody who maintains it, or did until now.</p>}
        </Notice>
      }
    >
      <Link context={context} href={goOn ? accessPath(name) : '/'}>
        {goOn ? 'Back to its access' : 'To the first page'}
      </Link>
    </PackageFrame>
  );
}

const addRoutes = ({ settings, forget }: AccessParts): readonly Route[] =>
  form<'package.owners', undefined, string, undefined, boolean>(settings, {
    path: '/package/:package/access/maintainers',
    action: 'package.owners',
    target: packageTarget,
    seenAs: 'package.read',
    read: async () => undefined,
    show: (view) => {
      const { context, asked, values } = view;
      const name = packageIn(asked);
      return (
        <PackageFrame context={context} name={name} title="Add a maintainer of">
          <Refusal view={view} />
          <p>
            A maintainer publishes, changes and unpublishes the package, and adds and removes maintainers.
          </p>
          <Form context={context} action={accessPath(name, '/maintainers')} label="Add maintainer">
            <TextField label="Username" name="user" value={values.user} required exact />
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">Add maintainer</Button>
              <LinkButton context={context} href={accessPath(name)} kind="quiet">
                Cancel
              </LinkButton>
            </Actions>
          </Form>
        </PackageFrame>
      );
    },
    wish: ({ user = '' }) =>
      user.trim() || fail('request_invalid', { reason: 'Enter the username of the new maintainer.' }),
    run: async (tx, permit, user, _prepared, asked) => {
      const isThere = await maintains(tx, packageIn(asked), user);
      await addOwner(tx, permit, user, forget);
      return !isThere;
    },
    done: (added, asked, context, user) => (
      <DonePage
        context={context}
        name={packageIn(asked)}
        title={added ? `${user} maintains the package now` : `${user} maintained the package already`}
        mailed={added}
        goOn
      />
    ),
  });

const removeRoutes = ({ settings, forget }: AccessParts): readonly Route[] =>
  form<'package.owners', undefined, string>(settings, {
    path: '/package/:package/access/maintainers/:user/remove',
    action: 'package.owners',
    target: packageTarget,
    seenAs: 'package.read',
    read: async (tx, asked) => {
      if (!(await maintains(tx, packageIn(asked), asked.params.user ?? ''))) fail('not_found');
    },
    show: (view) => {
      const { context, asked } = view;
      const name = packageIn(asked);
      const user = asked.params.user ?? '';
      const isOwn = user === asked.actor.account?.name;
      return (
        <PackageFrame context={context} name={name} title={`Remove ${user} from`}>
          <Refusal view={view} />
          <p>
            {isOwn ? 'You' : <code>{user}</code>} can then neither publish nor change it
            {isOwn ? ', and only another maintainer can take that back.' : '.'}
          </p>
          <Form
            context={context}
            action={accessPath(name, `/maintainers/${user}/remove`)}
            label={`Remove ${user}`}
          >
            <Proofs view={view} />
            <Actions>
              <Button kind="danger">Remove maintainer</Button>
              <LinkButton context={context} href={accessPath(name)} kind="quiet">
                Cancel
              </LinkButton>
            </Actions>
          </Form>
        </PackageFrame>
      );
    },
    wish: (_fields, { params }) => params.user ?? '',
    run: async (tx, permit, user, _prepared, asked) => {
      if (!(await maintains(tx, packageIn(asked), user))) fail('not_found');
      await removeOwner(tx, permit, user, forget);
    },
    done: (_nothing, asked, context, user) => (
      <DonePage
        context={context}
        name={packageIn(asked)}
        title={`${user} maintains the package no longer`}
        mailed
        goOn={user !== asked.actor.account?.name}
      />
    ),
  });

export const maintainerPages = (parts: AccessParts): readonly Route[] => [
  ...addRoutes(parts),
  ...removeRoutes(parts),
];
