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
