import { App, Stack } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule } from 'aws-cdk-lib/aws-ecr';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { WORKLOADS } from '../../test/support/workload-stacks';
import { fail, STRICT_VALIDATION } from '../support/run';

/**
 * Checks that CDK's own validation, which the aws-cdk-lib of the unit tests does not have yet, passes workloads
 * that pull through the cache: run with the tsconfig.json beside it, by which aws-cdk-lib is the newest.
 */
const IMAGES = {
  'ECS on Fargate': 'nginx:1.27',
  'ECS on EC2': 'nginx:1.27',
  'Batch on Fargate': 'python:3.12',
  'Batch on EC2': 'python:3.12',
  CodeBuild: 'node:22',
};

/** CDK's advice on the services themselves is none of our business. */
const ADVICE = /\[ack: @aws-cdk\//;

/** Synthesizes with the findings of the validation as errors, and gives what it says. */
function synthesize(build: (stack: Stack) => void): string {
  const app = new App({
    context: STRICT_VALIDATION,
    analyticsReporting: false,
  });
  const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
  try {
    build(stack);
    const { messages } = app.synth().getStackArtifact(stack.artifactId);
    return messages
      .filter(({ level, entry }) => level !== 'info' && !ADVICE.test(String(entry.data)))
      .map(({ id, entry }) => `${id}: ${entry.data}`)
      .join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}

const control = synthesize(
  (stack) =>
    new CfnPullThroughCacheRule(stack, 'Rule', { ecrRepositoryPrefix: 'Upper-Case', upstreamRegistryUrl: 'quay.io' }),
);
if (control === '') {
  fail("CDK's validation let a rule with a wrong prefix pass, so that it proves nothing");
}

for (const [workload, image] of Object.entries(IMAGES)) {
  const findings = synthesize((stack) => {
    const hub = new PullThroughCacheRule(stack, 'Hub', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
    });
    WORKLOADS[workload](stack, hub.image(image));
  });
  if (findings) {
    fail(`${workload}: ${findings}`);
  }
}
console.log(
  `${Object.keys(IMAGES).length} workloads pass CDK's validation, without a warning of this library: ` +
    Object.keys(IMAGES).join(', '),
);
