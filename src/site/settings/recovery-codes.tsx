/** Recovery codes: shown once, to be kept away from the device; and new ones for old ones (contract.md, RC4). */
import { readFactorOverview } from '../../factors/overview.ts';
import { regenerateCodes } from '../../factors/replacing.ts';
import type { Route } from '../../http/route.ts';
import { form, owner, self } from '../page.tsx';
import { Checkbox } from '../parts/choices.tsx';
import type { PageContext } from '../parts/context.ts';
import { Codes, CopyButton, PrintButton } from '../parts/copy.tsx';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { type AuthenticationParts, authenticationPath } from './parts.ts';

const fileName = 'tallystick-recovery-codes.txt';

/** The text of the file: whose codes they are, of which server, from when. */
function fileOf(codes: readonly string[], account: string, context: PageContext, at: number): string {
  const head = [
    `Recovery codes of ${account} on ${new URL(context.publicUrl).host} (${context.siteName})`,
    `Made on ${new Date(at).toISOString().slice(0, 10)} (UTC). Each code works once.`,
    'Keep them in a place that is not near the device you authenticate with.',
  ];
  return `${[...head, '', ...codes].join('\n')}\n`;
}

/** The codes, this once, and the confirmation before the page lets go. */
export function RecoveryCodesPage(props: {
  readonly context: PageContext;
  readonly name: string;
  readonly codes: readonly string[];
  readonly at: number;
  /** What the next page says was done. */
  readonly done: 'added' | 'regenerated';
}) {
  const { context, name, codes } = props;
  const text = fileOf(codes, name, context, props.at);
  return (
    <SettingsPage context={context} title="Your recovery codes" name={name} section="authentication">
      <Lead>
        {props.done === 'added' ? 'Two-factor authentication is on.' : 'The earlier codes are useless now.'}{' '}
        These codes are shown this once.
      </Lead>
      <p>
        Keep these codes in a place that is not near the device you authenticate with. If you lose the device
        or forget your password, these codes may be your only way back.
      </p>
      <Codes codes={codes} heading={text.split('\n', 1)[0] ?? ''} />
      <Actions>
        <a
          class="button primary"
          download={fileName}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
        >
          Download codes
        </a>
        <CopyButton text={codes.join('\n')} kind="secondary" />
        <PrintButton />
      </Actions>
      <Form context={context} action={authenticationPath(name)} method="get">
        <HiddenField name="done" value={props.done} />
        <Checkbox label="I have saved my recovery codes" name="saved" required />
        <Actions>
          <Button>Continue</Button>
        </Actions>
      </Form>
    </SettingsPage>
  );
}

export const recoveryCodeRoutes = ({ settings, now }: AuthenticationParts): readonly Route[] =>
  form<'factor.regenerate', { left: number; on: boolean }, undefined, undefined, readonly string[]>(
    settings,
    {
      path: authenticationPath(':name', '/recovery-codes'),
      action: 'factor.regenerate',
      seenAs: 'account.read',
      target: self,
      read: async (tx, asked) => {
        const { codesLeft, mode } = await readFactorOverview(tx, owner(asked).id);
        return { left: codesLeft, on: mode !== null };
      },
      show: (view) => {
        const { context, data, asked } = view;
        const { name } = owner(asked);
        return (
          <SettingsPage context={context} title="Backup Recovery Code" name={name} section="authentication">
            <Refusal view={view} />
            {data.on ? (
              <>
                <Lead>
                  {data.left === 1 ? '1 recovery code is' : `${data.left} recovery codes are`} left of ten.
                  Each works once, in place of your app or key.
                </Lead>
                <p>Regenerating makes ten new codes, shown once, and every earlier code useless.</p>
                <Form context={context} action={authenticationPath(name, '/recovery-codes')}>
                  <Proofs view={view} />
                  <Actions>
                    <Button kind="primary">Regenerate recovery codes</Button>
                    <Link context={context} href={authenticationPath(name)}>
                      Cancel
                    </Link>
                  </Actions>
                </Form>
              </>
            ) : (
              <p>
                Recovery codes come with two-factor authentication.{' '}
                <Link context={context} href={authenticationPath(name, '/add')}>
                  Add Two-Factor Authentication
                </Link>
              </p>
            )}
          </SettingsPage>
        );
      },
      wish: () => undefined,
      run: (tx, permit) => regenerateCodes(tx, permit),
      done: (codes, asked, context) => (
        <RecoveryCodesPage
          context={context}
          name={owner(asked).name}
          codes={codes}
          at={now()}
          done="regenerated"
        />
      ),
    },
  );
