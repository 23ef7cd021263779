/** Ping, health and the registry's own name: answered to everybody, cheaply. */
import { type Route, serving } from '../http/route.ts';

const noStore = { 'cache-control': 'no-store' };

/** `GET /`, `/-/ping`, `/-/health/live`, `/-/health/ready` (contract: Start; protocol/auth.md §5.5). */
export function healthRoutes(told: { version: string; isReady: () => Promise<boolean> }): Route[] {
  const always = (path: string, body: unknown): Route =>
    serving({ action: 'site.read', path, serve: async () => ({ body, headers: noStore }) });
  return [
    always('/', { db_name: 'registry', server: 'Tallystick', version: told.version }),
    always('/-/ping', {}),
    always('/-/health/live', {}),
    serving({
      action: 'site.read',
      path: '/-/health/ready',
      serve: async () => {
        const ready = await told.isReady();
        return { status: ready ? 200 : 503, body: { ready }, headers: noStore };
      },
    }),
  ];
}
