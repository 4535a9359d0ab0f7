/**
 * What an error or a warning is about: `<Class>.<what>`. The ids are API. Each stands in the code as a literal, and has
 * its entry in docs/messages.md.
 */
export type MessageId = `${string}.${string}`;

/** Stands before each id, so that an app can tell ours from all others. */
const NAMESPACE = 'cdk-ecr-pull-through-cache';

/** The id as messages have it. */
export function fullId(id: MessageId): string {
  return `${NAMESPACE}:${id}`;
}
