import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Finds the stages below a scope, which aspects of the scope do not reach. */
export function stagesBelow(scope: IConstruct): Stage[] {
  return scope.node.findAll().filter((node): node is Stage => node !== scope && Stage.isStage(node));
}

/** Does something whenever an app is about to be synthesized. CDK makes the stages first, before any aspect runs. */
export function beforeSynthesis(root: IConstruct, act: () => void): void {
  if (!Stage.isStage(root)) {
    return;
  }
  const synthesize = root.synth.bind(root);
  root.synth = (options) => {
    act();
    return synthesize(options);
  };
}
