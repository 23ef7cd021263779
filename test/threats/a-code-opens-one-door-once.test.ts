import { expect, test } from 'vitest';
import { mustPublish, publish } from '../packages/publisher.ts';
import {
  createToken,
  goodPassword,
  login,
  minute,
  openWorld,
  protect,
  shown,
  tokens,
  user,
} from './people.ts';

const draft = (version: string) => ({ name: 'hello', version });

test('signing in, creating tokens and changing the second factor take a code once', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { token, code } = await protect(world);
  const doors = [
    (otp: string) => login(world, 'hannah', { otp }),
    (otp: string) => ask('POST', tokens, { token, otp, body: { password: goodPassword } }),
    (otp: string) =>
      ask('POST', user, { token, otp, body: { tfa: { password: goodPassword, mode: 'auth-and-writes' } } }),
  ];
  for (const open of doors) {
    const otp = code();
    expect((await open(otp)).statusCode).toBeLessThan(300);
    for (const again of doors) expect((await again(otp)).headers['www-authenticate']).toBe('otp');
    clock.advance(minute);
  }
});

test('fifty requests with one code create one token', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const otp = code();
  const all = await Promise.all(
    Array.from({ length: 50 }, () =>
      world.ask('POST', tokens, { token, otp, body: { password: goodPassword } }),
    ),
  );
  expect(all.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
});

test('a spent code, a wrong one and one of a minute ago are answered alike', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const spent = code();
  await createToken(world, { name: 'hannah', token }, {}, spent);
  const answers = [];
  for (const otp of [spent, '000000', code(-3), '0'.repeat(16), 'f'.repeat(64)])
    answers.push(shown(await world.ask('POST', tokens, { token, otp, body: { password: goodPassword } })));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test('one command may send its code again: same token, same address, same act, for ninety seconds', async () => {
  const world = await openWorld();
  const { clock } = world;
  const me = await protect(world);
  const second = await createToken(world, me, {}, me.code());
  clock.advance(minute);
  const otp = me.code();
  await mustPublish(world, me.token, draft('1.0.0'), { otp });
  await mustPublish(world, me.token, draft('1.0.1'), { otp });

  const refused = async (token: string, wish: object): Promise<void> => {
    const answer = await publish(world, token, draft('9.9.9'), wish);
    expect(answer.headers['www-authenticate'], answer.body).toBe('otp');
  };
  await refused(me.token, { otp, address: '198.51.100.7' });
  await refused(second.token, { otp });
  const other = await world.ask('POST', '/-/package/hello/access', {
    token: me.token,
    otp,
    body: { access: 'public' },
  });
  expect(other.headers['www-authenticate']).toBe('otp');
  clock.advance(-2 * minute);
  await refused(me.token, { otp });
  clock.advance(2 * minute + 91_000);
  await refused(me.token, { otp });
});

test('setting the clock back revives no code', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const otp = code();
  await createToken(world, { name: 'hannah', token }, {}, otp);
  const before = code(-1);
  for (const back of [30_000, minute, 10 * minute]) {
    world.clock.advance(-back);
    for (const old of [otp, before, code()]) {
      const answer = await world.ask('POST', tokens, { token, otp: old, body: { password: goodPassword } });
      expect(answer.statusCode).not.toBe(201);
    }
    world.clock.advance(back);
  }
});

test('the code that finishes a set-up is spent by that', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  world.clock.advance(-minute);
  const answer = await world.ask('POST', tokens, { token, otp: code(), body: { password: goodPassword } });
  expect(answer.headers['www-authenticate']).toBe('otp');
});
