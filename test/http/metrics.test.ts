import { describe, expect, test } from 'vitest';
import { Counter, createMetrics, gaugeLines, Histogram } from '../../src/kernel/metrics.ts';
import { couchBody, enableFactor, signUp, userPath } from '../accounts/wire.ts';
import { openApp } from '../support/app.ts';
import { eachStore } from '../support/stores.ts';

const metricsToken = 'a-token-for-monitoring-only';

describe('the text format', () => {
  test('of a counter has one line for each value, in order, with its label escaped', () => {
    const counter = new Counter('hits_total', 'Hits.', 'of');
    counter.add('b');
    counter.add('a"\\\n');
    counter.add('b');
    expect(counter.lines()).toEqual([
      '# HELP hits_total Hits.',
      '# TYPE hits_total counter',
      'hits_total{of="a\\"\\\\\\n"} 1',
      'hits_total{of="b"} 2',
    ]);
  });

  test('of a histogram counts upwards, its bounds included', () => {
    const histogram = new Histogram('wait_seconds', 'Waits.', [0.5, 1]);
    for (const seconds of [0.25, 0.5, 0.75, 2]) histogram.observe(seconds);
    expect(histogram.lines().slice(2)).toEqual([
      'wait_seconds_bucket{le="0.5"} 2',
      'wait_seconds_bucket{le="1"} 3',
      'wait_seconds_bucket{le="+Inf"} 4',
      'wait_seconds_sum 3.5',
      'wait_seconds_count 4',
    ]);
  });

  test('knows every metric by a name of its own', () => {
    const lines = Object.values(createMetrics()).flatMap((metric: Counter | Histogram) => metric.lines());
    const names = [...lines, ...gaugeLines('g', 'G.', 1)].filter((line) => line.startsWith('# TYPE'));
    expect(new Set(names).size).toBe(7);
  });
});

eachStore((_open, dialect) => {
  describe('GET /-/metrics', () => {
    test('is not there without a token in the settings, and for whoever has another one', async () => {
      const off = await openApp(dialect);
      const on = await openApp(dialect, { TALLYSTICK_METRICS_TOKEN: metricsToken });
      const login = await signUp(on);
      const answers = [
        await off.ask('GET', '/-/metrics'),
        await off.ask('GET', '/-/metrics', { token: metricsToken }),
        await off.ask('GET', '/-/metrics', { token: 'undefined' }),
        await on.ask('GET', '/-/metrics'),
        await on.ask('GET', '/-/metrics', { token: `${metricsToken}x` }),
        await on.ask('GET', '/-/metrics', { token: login }),
        await on.ask('GET', `/-/metrics?token=${metricsToken}`),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 404));
      expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    });

    test('opens nothing else', async () => {
      const world = await openApp(dialect, { TALLYSTICK_METRICS_TOKEN: metricsToken });
      expect((await world.ask('GET', '/-/whoami', { token: metricsToken })).statusCode).toBe(401);
    });

    test('counts challenges, factors, passwords, limits, answers and waiting mails, and names nobody', async () => {
      const world = await openApp(dialect, { TALLYSTICK_METRICS_TOKEN: metricsToken });
      const token = await signUp(world);
      const factor = await enableFactor(world, token);
      const signIn = (otp?: string, password?: string) =>
        world.ask('PUT', userPath('hannah'), {
          body: couchBody('hannah', password),
          ...(otp === undefined ? {} : { otp }),
        });
      expect((await signIn()).statusCode).toBe(401);
      expect((await signIn('000000')).statusCode).toBe(401);
      expect((await signIn(factor.code())).statusCode).toBe(201);
      expect((await signIn(undefined, 'a wrong one')).statusCode).toBe(401);
      const answer = await world.ask('GET', '/-/metrics', { token: metricsToken });
      expect(answer.statusCode, answer.body).toBe(200);
      expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      const lines = answer.body.split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          'tallystick_challenges_total{result="asked"} 1',
          'tallystick_challenges_total{result="refused"} 1',
          'tallystick_challenges_total{result="accepted"} 1',
          'tallystick_redemptions_total{factor="totp"} 1',
          'tallystick_password_checks_total{result="wrong"} 1',
          // The start of the set-up, and the sign-in that went through.
          'tallystick_password_checks_total{result="right"} 2',
          'tallystick_requests_total{status="4xx"} 3',
          'tallystick_request_seconds_count 7',
        ]),
      );
      expect(answer.body).toMatch(/^tallystick_outbox_waiting \d+$/m);
      expect(answer.body).not.toContain('hannah');
    });

    test('counts the limits that refuse', async () => {
      const world = await openApp(dialect, { TALLYSTICK_METRICS_TOKEN: metricsToken });
      const token = await signUp(world);
      const { code } = await enableFactor(world, token);
      const right = code();
      const wrong = ['000001', '000002', '000003', '000004', '000005', '000006', '000007'];
      for (const otp of wrong.filter((it) => it !== right).slice(0, 6))
        await world.ask('POST', '/-/npm/v1/user', { token, otp, body: { fullname: 'H' } });
      const { body } = await world.ask('GET', '/-/metrics', { token: metricsToken });
      expect(body).toContain('tallystick_budgets_hit_total{limit="too_many_attempts"} 1\n');
      expect(body).toContain('tallystick_challenges_total{result="refused"} 5\n');
    });
  });
});
