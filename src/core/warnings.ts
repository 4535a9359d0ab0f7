import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Before every id of a warning, so that an app can acknowledge ours and no other's. The ids are API. */
const NAMESPACE = 'cdk-ecr-pull-through-cache';

/**
 * Says what synth cannot know for certain. The user silences it with `Annotations.of(scope).acknowledgeWarning(id)`.
 *
 * @param id `<Class>.<what>`
 */
export function warn(scope: IConstruct, id: string, message: string): void {
  Annotations.of(scope).addWarningV2(`${NAMESPACE}:${id}`, message);
}

/**
 * Says what may be of interest to whoever asks, as `Annotations.of(scope).addInfo` does, without a stack trace:
 * for what is said while aspects run it shows CDK and this library only, and would cost more than all else.
 */
export function inform(scope: IConstruct, message: string): void {
  if (!scope.node.metadata.some(({ data }) => data === message)) {
    scope.node.addMetadata('aws:cdk:info', message);
  }
}
