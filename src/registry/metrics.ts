/** What monitoring reads (`GET /-/metrics`), for whoever has the token of the settings. */
import { type Asked, type Route, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { gaugeLines, type Metrics } from '../kernel/metrics.ts';
import { areEqualSecrets } from '../kernel/secrets.ts';
import { countWaiting } from '../ledger/outbox.ts';

export interface MetricsParts {
  readonly metrics: Metrics;
  /** Undefined turns them off. */
  readonly metricsToken: string | undefined;
}

/** Off and a wrong token look the same. */
function checkToken(asked: Asked, token: string | undefined): void {
  const given = /^bearer +(.+)$/i.exec(asked.headers.authorization ?? '')?.[1] ?? '';
  if (token === undefined || !areEqualSecrets(given, token))
    fail('not_offered', { reason: 'Metrics are off here, or this is not the token for them.' });
}

/** `GET /-/metrics`: this process's counts and what waits in the database, in the text format of Prometheus. */
export const metricsRoutes = ({ metrics, metricsToken }: MetricsParts): readonly Route[] => [
  serving({
    action: 'site.metrics',
    path: '/-/metrics',
    serve: async (gate, asked) => {
      checkToken(asked, metricsToken);
      const waiting = await gate.look(asked.actor, 'site.metrics', { on: 'site' }, countWaiting);
      const lines = [
        ...Object.values(metrics).flatMap((metric: Metrics[keyof Metrics]) => metric.lines()),
        ...gaugeLines('tallystick_outbox_waiting', 'Mails that wait to be sent.', waiting),
      ];
      return {
        body: Buffer.from(`${lines.join('\n')}\n`),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
      };
    },
  }),
];
