import { documentOf } from '../../test/support/document.ts';
import { manifest } from './half-a-year.mjs';
import { show, take } from './pictures.mjs';
import { advance, ask, codeOf, mustAsk } from './registry.mjs';

const agent = 'npm/11.6.4 node/v24.21.0 linux x64 workspaces/false';

async function beginLogin(hostname, headers = {}) {
  const { body } = await mustAsk('POST', '/-/v1/login', {
    body: { hostname },
    headers: { 'user-agent': agent, ...headers },
  });
  return new URL(body.loginUrl).pathname;
}

/** What the command line asks of the browser. */
export async function approve(ada, token, secret) {
  await show(ada, await beginLogin('workshop'), 'command-line-login');
  const draft = { name: 'left-padlock', version: '1.3.1', access: 'public' };
  const headers = { 'npm-auth-type': 'web', 'npm-command': 'publish', 'user-agent': agent };
  const asked = await ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ ...draft, manifest }),
    headers,
  });
  if (asked.body.authUrl === undefined) throw new Error(JSON.stringify(asked.body));
  const { pathname } = new URL(asked.body.authUrl);
  await show(ada, pathname, 'command-line-publish-fresh');
  advance(6 * 60_000);
  const again = await ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ ...draft, manifest }),
    headers,
  });
  await show(ada, new URL(again.body.authUrl).pathname, 'command-line-publish');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press(/^Approve this release/);
  await ada.arriveAt('Release');
  const { body } = await mustAsk(
    'GET',
    new URL(again.body.doneUrl).pathname + new URL(again.body.doneUrl).search,
  );
  const otp = body.token;
  await mustAsk('PUT', '/left-padlock', { token, otp, body: documentOf({ ...draft, manifest }), headers });
  await mustAsk('PUT', '/left-padlock', {
    token,
    otp,
    body: documentOf({ ...draft, version: '1.3.2', manifest }),
    headers,
  });
  await ada.page.reload();
  await take(ada, 'command-line-release');
}
