import { chart, deployed, newCache, newStack, nodeRole, REGISTRY } from '../../test/support/redirect';

/** The registries of the cache of the trial, and their prefixes. */
export const PREFIXES: Record<string, string> = {
  'public.ecr.aws': 'ecr-public',
  'registry.k8s.io': 'kubernetes',
  'quay.io': 'quay',
  'docker.io': 'docker-hub',
  'ghcr.io': 'github',
};

export { REGISTRY };

export interface ReportLine {
  readonly place: string;
  readonly image: string;
  /** The repository in ECR and what follows it, if the image goes through the cache. */
  readonly cached?: string;
  readonly reason?: string;
}

/** What a redirection makes of a chart: its values, what the nodes are given, and what the user is told. */
export interface Redirected {
  readonly values: unknown;
  /** Names of repositories, with `*` for any text. */
  readonly granted: string[];
  readonly report: ReportLine[];
}

/** The values that CDK gives to Helm, and those that it gives with a redirection. */
export function redirect(chartName: string, values: unknown): { before: unknown; after: Redirected } {
  const plain = newStack();
  chart(plain, values);
  const stack = newStack();
  chart(stack, values).addPropertyOverride('Chart', chartName);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const template = deployed(stack);
  const report = redirection.report.map(({ place, image, cachedUri, reason }) => ({
    place,
    image,
    cached: cachedUri?.replace(/^[^/]*\//, ''),
    reason,
  }));
  return {
    before: valuesIn(deployed(plain)),
    after: { values: valuesIn(template), granted: grantedIn(template), report },
  };
}

function valuesIn(template: any): unknown {
  return ofType(template, 'Custom::AWSCDK-EKS-HelmChart')[0].Values;
}

function grantedIn(template: any): string[] {
  return ofType(template, 'AWS::IAM::Policy')
    .flatMap((properties) => properties.PolicyDocument.Statement)
    .filter((statement) => [statement.Action].flat().includes('ecr:BatchImportUpstreamImage'))
    .flatMap((statement) => [statement.Resource].flat())
    .map((arn) => String(arn).replace(/^.*:repository\//, ''));
}

function ofType(template: any, type: string): any[] {
  return Object.values<any>(template.Resources)
    .filter((resource) => resource.Type === type)
    .map((resource) => resource.Properties);
}
