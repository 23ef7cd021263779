import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mailsIn, publish } from '../packages/publisher.ts';
import { createToken, login, openWorld, signUp } from './people.ts';

test('a living token in a tarball or a readme ends with the publish, which is refused', async () => {
  const world = await openWorld();
  const { ask } = world;
  const hannah = await signUp(world);
  const places = [
    (secret: string) => ({ manifest: { config: { registryToken: secret } } }),
    (secret: string) => ({ manifest: { readme: `Run with ${secret}`, readmeFilename: 'README.md' } }),
  ];
  for (const [index, place] of places.entries()) {
    const { token } = await createToken(world, hannah);
    const draft = { name: `hello-${index}`, version: '1.0.0', ...place(token) };
    const refused = await publish(world, hannah.token, draft);
    expect(refused.statusCode, refused.body).toBe(400);
    expect(refused.body).not.toContain(token);
    expect((await ask('GET', '/-/whoami', { token })).statusCode).toBe(401);
    expect((await ask('GET', `/hello-${index}`)).statusCode).toBe(404);
    const mails = await mailsIn(world);
    expect(mails.some(({ text }) => text.includes(token.slice(0, 8)))).toBe(true);
    for (const { text } of mails) expect(text).not.toContain(token);
  }
});

test('so does somebody else’s, and the one that publishes', async () => {
  const world = await openWorld();
  const hannah = await signUp(world);
  const ida = await signUp(world, 'ida');
  const draft = (secret: string) => ({ name: 'hello', version: '1.0.0', manifest: { config: { secret } } });
  expect((await publish(world, hannah.token, draft(ida.token))).statusCode).toBe(400);
  expect((await world.ask('GET', '/-/whoami', { token: ida.token })).statusCode).toBe(401);
  expect((await publish(world, hannah.token, draft(hannah.token))).statusCode).toBe(400);
  expect((await world.ask('GET', '/-/whoami', { token: hannah.token })).statusCode).toBe(401);

  // What is dead opens nothing: it may go out.
  const { token } = (await login(world, 'hannah')).json();
  expect((await publish(world, token, draft(ida.token))).statusCode).toBe(201);
  const tarball = await world.ask('GET', '/hello/-/hello-1.0.0.tgz');
  expect(gunzipSync(tarball.rawPayload).toString()).toContain(ida.token);
});
