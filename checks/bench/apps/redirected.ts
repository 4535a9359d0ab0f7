import { App, Aspects, Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { ENVIRONMENT, library } from './support';

/** Redirects what is in an app, by a cache of Quay. */
export function redirect(app: App, nodeRoles?: IGrantable[]): void {
  const { PullThroughCache, UpstreamRegistry } = library();
  const stack = new Stack(app, 'Cache', { env: ENVIRONMENT });
  new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.quay()] }).redirect(app, { nodeRoles });
}

/** What CDK does for any aspect, without a redirection. */
export function passBy(app: App): void {
  new Stack(app, 'Cache', { env: ENVIRONMENT });
  Aspects.of(app).add({ visit: () => {} });
}
