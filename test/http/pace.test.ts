import { afterEach, describe, expect, test } from 'vitest';
import { Arrivals, bodyTime, pace } from '../../src/http/pace.ts';

const usual = { ...pace };
afterEach(() => void Object.assign(pace, usual));

/** A clock that stands until it is moved, in place of the machine's. */
function holdTime(): (milliseconds: number) => void {
  let now = 1000;
  pace.now = () => now;
  return (milliseconds) => {
    now += milliseconds;
  };
}

const second = 1000;
const KiB = 1024;

describe('the pace of a body', () => {
  test('is kept by whoever sends a kibibyte each second, and by who pauses for less than the window', () => {
    const advance = holdTime();
    const body = new Arrivals(bodyTime.upload);
    body.wait();
    for (let elapsed = 0; elapsed < 600; elapsed += 1) {
      advance(second);
      body.arrive(KiB);
      expect(body.isTooSlow(), `after ${elapsed} s`).toBe(false);
    }
    body.arrive(100 * KiB);
    advance(pace.window - 1);
    expect(body.isTooSlow()).toBe(false);
  });

  test('is lost by who sends a little less for a whole window, however much came before', () => {
    const advance = holdTime();
    const body = new Arrivals(bodyTime.upload);
    body.wait();
    body.arrive(64 * KiB * KiB);
    for (let elapsed = 0; elapsed < 21; elapsed += 1) {
      advance(second);
      body.arrive(KiB - 1);
    }
    expect(body.isTooSlow()).toBe(true);
  });

  test('holds only the time against a client in which the server waited for it', () => {
    const advance = holdTime();
    const body = new Arrivals(bodyTime.upload);
    for (let piece = 0; piece < 10; piece += 1) {
      body.wait();
      advance(second);
      body.arrive(KiB);
      body.proceed();
      advance(60 * second);
      expect(body.isTooSlow()).toBe(false);
    }
    body.wait();
    advance(pace.window);
    expect(body.isTooSlow()).toBe(true);
  });

  test('does not make the time endless: a small body has two minutes, an upload a quarter of an hour', () => {
    for (const time of [bodyTime.small, bodyTime.upload]) {
      const advance = holdTime();
      const body = new Arrivals(time);
      body.wait();
      for (let elapsed = 0; elapsed < time - second; elapsed += second) {
        advance(second);
        body.arrive(2 * KiB);
        expect(body.isTooSlow()).toBe(false);
      }
      advance(second);
      body.arrive(2 * KiB);
      expect(body.isTooSlow()).toBe(true);
    }
    expect(bodyTime).toEqual({ small: 120_000, upload: 900_000 });
  });
});
