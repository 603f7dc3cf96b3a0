/** The pages of a pod: health, metrics and status, all made from one report. */
import type { HttpServer } from '../telemetry/http-server.ts';
import { startHttpServer } from '../telemetry/http-server.ts';
import { Liveness, readiness } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';
import { statusPage } from '../telemetry/status.ts';
import type { Pod } from './pod.ts';

/** Undefined where the pod is to serve none. */
export async function servePages(
  { settings, identity, now }: Pod,
  report: () => ProcessReport,
  metrics: Metrics,
): Promise<HttpServer | undefined> {
  if (settings.httpPort === 0) return undefined;
  const liveness = new Liveness();
  return startHttpServer(
    { port: settings.httpPort, host: settings.httpHost },
    {
      live: () => liveness.judge(report(), now()),
      ready: () => readiness(report()),
      metrics: () => metrics.page(),
      status: () => statusPage(identity, settings.instance, report()),
    },
  );
}
