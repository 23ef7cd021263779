import type { VNode } from 'preact';
import { AreaChart } from '../../../src/site/parts/chart.tsx';
import { CopyLine, InstallCommands } from '../../../src/site/parts/copy.tsx';
import { Columns, Lead, PackageList, Section } from '../../../src/site/parts/layout.tsx';
import { Link } from '../../../src/site/parts/link.tsx';
import { Html } from '../../../src/site/parts/markup.tsx';
import { Tabs } from '../../../src/site/parts/navigation.tsx';
import { Badge } from '../../../src/site/parts/notices.tsx';
import { Page } from '../../../src/site/parts/page.tsx';
import { DefinitionList } from '../../../src/site/parts/tables.tsx';
import { Time } from '../../../src/site/parts/time.tsx';
import { ann, day, now, stranger } from './setting.ts';

/** Home, search, and a package. */
export const packages: Record<string, () => VNode> = {
  home: () => (
    <Page context={stranger} title="Packages of acme" width="wide">
      <Lead>The packages that we make and use, and every public one. Point your client here:</Lead>
      <CopyLine text="npm config set registry https://registry.example/npm/" />
      <Section title="Changed lately">
        <PackageList
          level={3}
          context={stranger}
          packages={[
            {
              name: '@acme/left-padlock',
              href: '/package/@acme/left-padlock',
              description: 'Pads a lock on its left side, in constant time.',
              facts: <>1.4.2 · 3 days ago by ann</>,
            },
          ]}
        />
      </Section>
    </Page>
  ),

  package: () => (
    <Page
      context={ann}
      title="@acme/left-padlock"
      heading={
        <>
          <code>@acme/left-padlock</code> <Badge>1.4.2</Badge>
        </>
      }
      width="wide"
    >
      <p class="muted">
        Published <Time at={now - 3 * day} now={now} /> by{' '}
        <Link context={ann} href="/~ann">
          ann
        </Link>{' '}
        <Badge kind="safe">with a security key</Badge>
      </p>
      <InstallCommands wanted="@acme/left-padlock" />
      <Tabs
        context={ann}
        label="Package"
        tabs={[
          { href: '/package/@acme/left-padlock', label: 'Readme', current: true },
          { href: '/package/@acme/left-padlock/versions', label: 'Versions', count: 42 },
          { href: '/package/@acme/left-padlock/dependencies', label: 'Dependencies', count: 3 },
          { href: '/package/@acme/left-padlock/dependents', label: 'Dependents', count: 1204 },
        ]}
      />
      <Columns
        aside={
          <>
            <h2>Weekly downloads</h2>
            <p>
              <strong>12,480</strong>
            </p>
            <AreaChart
              label="Weekly downloads"
              values={[3, 4, 4, 6, 5, 8, 9, 7, 10, 12, 11, 12.4].map((n) => n * 1000)}
            />
            <DefinitionList
              stacked
              items={[
                { term: 'Licence', value: 'MIT' },
                { term: 'Size', value: '18.2 kB in 12 files' },
                {
                  term: 'Repository',
                  value: <a href="https://git.example/acme/left-padlock">git.example/acme/left-padlock</a>,
                },
                {
                  term: 'Maintainers',
                  value: (
                    <>
                      ann <Badge kind="safe">2FA</Badge>, ben <Badge kind="danger">no 2FA</Badge>
                    </>
                  ),
                },
              ]}
            />
          </>
        }
      >
        <Html safe={readme} />
      </Columns>
    </Page>
  ),

  search: () => (
    <Page context={ann} title="Search" heading="3 packages for “padlock”" query="padlock" width="wide">
      <PackageList
        context={ann}
        packages={[
          {
            name: '@acme/left-padlock',
            href: '/package/@acme/left-padlock',
            description: 'Pads a lock on its left side, in constant time.',
            badges: <Badge kind="accent">private</Badge>,
            facts: (
              <>
                1.4.2 · <Time at={now - 3 * day} now={now} /> by ann
              </>
            ),
          },
          {
            name: 'padlock',
            href: '/package/padlock',
            description: 'Locks for promises, files and rows.',
            facts: (
              <>
                8.0.1 · <Time at={now - 300 * day} now={now} /> by ben
              </>
            ),
          },
          {
            name: 'padlock-with-a-name-that-is-far-longer-than-anybody-would-want-to-type-into-a-terminal',
            href: '/package/x',
            badges: <Badge kind="danger">deprecated</Badge>,
            facts: (
              <>
                0.0.1 · <Time at={now - 3000 * day} now={now} /> by somebody
              </>
            ),
          },
        ]}
      />
    </Page>
  ),
};

const readme = `<h2 id="user-content-left-padlock">left-padlock</h2>
<p>Pads a lock on its <em>left</em> side, in <strong>constant time</strong>. See the <a href="https://git.example">guide</a>.</p>
<pre tabindex="0"><code>import { padLock } from '@acme/left-padlock';

const lock = await padLock('door', { width: 12, character: '·' }); // a line that is longer than the column is wide
</code></pre>
<h3 id="user-content-options">Options</h3>
<div class="readme-wide" tabindex="0"><table><thead><tr><th>Name</th><th>Default</th><th>Meaning</th></tr></thead>
<tbody><tr><td><code>width</code></td><td>8</td><td>How wide the lock becomes.</td></tr>
<tr><td><code>character</code></td><td>space</td><td>What it is padded with.</td></tr></tbody></table></div>
<h3 id="user-content-why">Why</h3>
<ul><li>No dependencies.</li><li>Works in <code>node</code> and browsers.</li></ul>
<blockquote><p>A lock that is not padded is only half a lock.</p></blockquote>`;
