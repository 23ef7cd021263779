// Writes docs/actions.md, the table that users read, from the policy; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { policy } from '../src/policy/policy.ts';

const asks = {
  never: 'never',
  auth: 'always, when two-factor authentication is on',
  write: 'in auth-and-writes, or where the package requires it',
};
const who = {
  anyone: 'anyone',
  visitor: 'anyone; with anonymous reading off every account',
  newcomer: 'as the registration setting says',
  self: 'the account itself',
  reader: 'who may read the package',
  member: 'who may read the package, with an account',
  writer: 'a maintainer',
  founder: 'a maintainer; for a new name whoever may take it',
  staff: 'staff accounts',
  operator: 'the operator',
};
const kinds = {
  session: 'login',
  browser: 'website',
  halfway: 'website (half signed in)',
  publish: 'publish',
  readonly: 'read-only',
  automation: 'automation',
  granular: 'granular',
  password: 'password',
};

const line = ([action, row]) =>
  `| \`${action}\` | \`${row.command}\` | ${who[row.who]} | ${asks[row.asks]}${row.password ? '; and the password' : ''} | ${row.credentials.map((kind) => kinds[kind]).join(', ') || '–'} |`;

const text = `# Actions

Every action of the registry: who may do it, when it asks for the second factor, and which credentials may stand in.
This page is generated from \`src/policy/policy.ts\` (\`node scripts/actions.mjs\`); the check compares them.

| action | command | who may | asks for the second factor | credentials |
| --- | --- | --- | --- | --- |
${Object.entries(policy).map(line).join('\n')}

A credential of the kind *password* (Basic authorization, or the body of a sign-in) is half of a sign-in: with
two-factor authentication on it always needs a code beside it.

A session of the *website* is asked a factor for whatever may ask at all, in both modes, unless it gave one in the last five
minutes; changes of the password and of factors ask each time. Where a *login*, or another token, is asked one, clients that can open a page are offered one on the website, and
whoever approves there gives the factor for that one act, or for a release.
`;

const file = new URL('../docs/actions.md', import.meta.url);
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') === text) process.exit(0);
  console.error('docs/actions.md differs from the policy: run node scripts/actions.mjs');
  process.exit(1);
}
writeFileSync(file, text);
