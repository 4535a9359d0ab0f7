import type { Stage } from 'aws-cdk-lib';

/** Tells whether CDK has made the templates of a stage: CDK Pipelines has it do so as soon as a stage is added. */
export function isSynthesized(stage: Stage): boolean {
  return (stage as unknown as { assembly?: unknown }).assembly !== undefined;
}
