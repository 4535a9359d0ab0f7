import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Finds the stage that a construct is deployed in, or is; the root where there is no stage. */
export function stageOf(construct: IConstruct): IConstruct {
  return Stage.isStage(construct) ? construct : (Stage.of(construct) ?? construct.node.root);
}

/** Tells whether CDK has made the templates of a stage: CDK Pipelines has it do so as soon as a stage is added. */
export function isSynthesized(stage: Stage): boolean {
  return (stage as unknown as { assembly?: unknown }).assembly !== undefined;
}
