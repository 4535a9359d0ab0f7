import { isMap } from './chart-keys';
import { partSlots } from './manifest-images';
import { kindNamed } from './operator-images';
import { PullSecrets } from './pod-images';
import type { Json } from '../rendered-properties';
import type { ImageSlot } from '../workload';

/** What is patched, and how, in the words of `kubectl patch`. */
export interface Patched {
  /** The resource, such as `deployment/web` or `kafkas.kafka.strimzi.io/events`. */
  readonly name: unknown;
  /** `json` for a list of operations; otherwise a patch is a part of the resource. */
  readonly type: unknown;
}

/** The images of a patch. */
export function patchSlots(patch: Json, place: string, { name, type }: Patched): ImageSlot[] {
  const of = kindNamed(String(name).split('/')[0]);
  const secrets = PullSecrets.among([]);
  if (type !== 'json' || !Array.isArray(patch)) {
    return partSlots({ owner: { patch }, key: 'patch', path: '', of, signsIn: secrets.areBelow(patch, '') }, place);
  }
  // What is tested has to be as it stands in the cluster.
  const changes = patch
    .map((operation, index) => ({ operation, index }))
    .filter(({ operation }) => isChange(operation));
  // One operation may give credentials to the pods of another.
  const signsIn = changes.some(
    ({ operation: { path, value } }) => /\/imagePullSecrets(\/|$)/.test(path) || secrets.areBelow(value, ''),
  );
  return changes.flatMap(({ operation, index }) =>
    partSlots(
      { owner: operation, key: 'value', path: pathOf(operation.path), of, signsIn },
      `${place}[${index}].value`,
    ),
  );
}

function isChange(operation: Json): boolean {
  return isMap(operation) && typeof operation.path === 'string' && 'value' in operation && operation.op !== 'test';
}

/** The path of a JSON pointer. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => (/^(\d+|-)$/.test(key) ? '*' : key.replace(/~1/g, '/').replace(/~0/g, '~')))
    .join('.');
}
