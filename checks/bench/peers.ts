/** Construct libraries of others. */
export const PEERS = [
  'cdk-ecr-deployment',
  '@mrgrain/cdk-esbuild',
  'cdk-nag',
  '@cloudsnorkel/cdk-github-runners',
  'cdk-monitoring-constructs',
];
