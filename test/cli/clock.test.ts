import { expect, test } from 'vitest';
import { createClock } from '../../src/adapters/clock.ts';
import { readDatabaseTime } from '../../src/store/database-time.ts';
import { eachStore } from '../support/stores.ts';

test('a clock is this machine’s until it follows another', async () => {
  let machine = 1_000_000;
  const clock = createClock(() => machine);
  expect(clock.now()).toBe(1_000_000);
  await clock.follow(async () => 1_007_000);
  expect(clock.offset()).toBe(7000);
  machine += 500;
  expect(clock.now()).toBe(1_007_500);
  await clock.follow(async () => 999_500);
  expect(clock.offset()).toBe(-1000);
});

test('the time that the reading takes is divided', async () => {
  let machine = 1000;
  const clock = createClock(() => machine);
  await clock.follow(async () => {
    machine += 200;
    return 1100;
  });
  expect(clock.offset()).toBe(0);
});

test('a clock that cannot be read is not followed', async () => {
  const clock = createClock(() => 5);
  await clock.follow(async () => Number.NaN);
  expect(clock.now()).toBe(5);
  await expect(clock.follow(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(clock.now()).toBe(5);
});

eachStore((open, dialect) => {
  test('the database tells its own time', async () => {
    const { store, clock } = await open();
    const before = Date.now() - 60_000;
    const time = await store.read(readDatabaseTime);
    if (dialect === 'sqlite') expect(time).toBe(clock.now());
    else expect(time).toBeGreaterThan(before);
    expect(time).toBeLessThan(Date.now() + 60_000);
  });
});
