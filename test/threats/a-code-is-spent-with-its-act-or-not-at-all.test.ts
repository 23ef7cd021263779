import { expect, test } from 'vitest';
import { mustPublish, publish } from '../packages/publisher.ts';
import { createToken, goodPassword, login, openWorld, protect, user } from './people.ts';

const draft = { name: 'hello', version: '1.0.0' };

test('what is refused for another reason leaves the code as it was', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world);
  await mustPublish(world, me.token, draft, { otp: me.code() });
  clock.advance(60_000);
  const otp = me.code();
  const refused = [
    await publish(world, me.token, { ...draft, manifest: { description: 'another' } }, { otp }),
    await publish(world, me.token, { ...draft, version: 'not a version' }, { otp }),
    await ask('POST', user, { token: me.token, otp, body: { fullname: 'x'.repeat(300) } }),
    await ask('POST', user, { token: me.token, otp, body: { surprise: true } }),
    await ask('POST', '/-/npm/v1/tokens', { token: me.token, otp, body: { password: 'wrong' } }),
    await ask('DELETE', `/-/npm/v1/tokens/token/${'0'.repeat(32)}`, { token: me.token, otp }),
    await login(world, 'hannah', { otp }, 'a wrong password'),
  ];
  for (const { statusCode, headers, body } of refused) {
    expect(statusCode, body).toBeGreaterThanOrEqual(400);
    expect(headers['www-authenticate'], body).not.toBe('otp');
  }
  await createToken(world, me, {}, otp);
});

test('an empty code is none: the challenge comes before anything is looked at', async () => {
  const world = await openWorld();
  const { token } = await protect(world);
  for (const otp of ['', '   ']) {
    const answer = await publish(world, token, { ...draft, version: 'not a version' }, { otp });
    expect(answer.headers['www-authenticate'], answer.body).toBe('otp');
    expect(answer.headers['npm-notice']).toBeUndefined();
  }
});

test('what asks for no code overlooks one that came', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { token, code } = await protect(world);
  await mustPublish(world, token, draft, { otp: code() });
  clock.advance(60_000);
  for (const otp of ['000000', 'nonsense', code()]) {
    const answers = [
      await ask('GET', '/hello', { token, otp }),
      await ask('GET', user, { token, otp }),
      await ask('GET', '/-/npm/v1/tokens', { token, otp }),
      await ask('PUT', '/-/package/hello/dist-tags/beta', { token, otp, body: '1.0.0' }),
    ];
    for (const { statusCode } of answers) expect(statusCode).toBe(200);
  }
  await createToken(world, { name: 'hannah', token }, { password: goodPassword }, code());
});

test('a wrong password neither spends nor tries the code beside it', async () => {
  const world = await openWorld();
  const { code } = await protect(world);
  const otp = code();
  for (const tried of [otp, '000000']) {
    const answer = await login(world, 'hannah', { otp: tried }, 'a wrong password');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Basic');
  }
  expect((await login(world, 'hannah', { otp })).statusCode).toBe(201);
});
