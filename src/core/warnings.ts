import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { withoutCredentials } from './credentials-in-text';
import { fullId, MessageId } from './message-id';

/**
 * Warns of what synth cannot know for certain. Users silence it with `Annotations.of(scope).acknowledgeWarning(id)`.
 */
export function warn(scope: IConstruct, id: MessageId, message: string): void {
  Annotations.of(scope).addWarningV2(fullId(id), withoutCredentials(message));
}

/**
 * Notes what may be of interest, as `Annotations.of(scope).addInfo` does, without a stack trace: while aspects run
 * it shows nothing but CDK and this library, and would cost more than all else.
 */
export function inform(scope: IConstruct, text: string): void {
  const message = withoutCredentials(text);
  if (!scope.node.metadata.some(({ data }) => data === message)) {
    scope.node.addMetadata('aws:cdk:info', message);
  }
}
