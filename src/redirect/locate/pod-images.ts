import { isText } from './chart-keys';
import { holdsStandIn, withoutStandIns } from './json-text';
import type { Json } from '../rendered-properties';
import type { ImageSlot } from '../workload';

/** The ways to the images of containers and of image volumes, with `*` for each item of a list. */
const OF_POD = /(^|\.)((containers|initContainers|ephemeralContainers)\.\*\.image|volumes\.\*\.image\.reference)$/;

const IS_PATTERN = 'it is a pattern, and no name of an image';

/** Tells whether a node pulls what stands at the end of a way, wherever a manifest has the specification of a pod. */
export function isOfPod(path: string): boolean {
  return OF_POD.test(path);
}

/** An image under a key of an object of the document, if there is one. */
export function imageSlot(owner: Json, key: string, place: string, leave?: string): ImageSlot[] {
  return typeof owner === 'object' && owner !== null && typeof owner[key] === 'string'
    ? [nameSlot(owner, key, `${place}.${key}`, leave)]
    : [];
}

/** The whole name of an image. */
export function nameSlot(owner: Json, key: string, place: string, leave?: string): ImageSlot {
  return {
    place,
    image: literal(owner[key]),
    leave: leave ?? (owner[key].endsWith('*') ? IS_PATTERN : undefined),
    write: (registry, repositoryName, reference) => {
      owner[key] = `${registry}/${repositoryName}${reference.suffix}`;
    },
  };
}

/** The text, unless an intrinsic function is part of it. */
export function literal(text: string): string | undefined {
  return holdsStandIn(text) ? undefined : text;
}

/**
 * Says which pods sign in to registries with credentials of their own: whoever does that means these registries.
 */
export class PullSecrets {
  /** @param documents the documents among which the service accounts of pods are looked for */
  public static among(documents: Json[]): PullSecrets {
    const accounts = documents.filter(
      ({ kind, metadata, imagePullSecrets }) =>
        kind === 'ServiceAccount' && isText(metadata?.name) && isGiven(imagePullSecrets),
    );
    return new PullSecrets(new Set(accounts.map((account) => nameOf(namespaceOf(account), account.metadata.name))));
  }

  private constructor(private readonly accounts: Set<string>) {}

  /** Tells whether an object has credentials for the pods below it, or is the specification of one that has. */
  public areIn(object: Json, namespace: string): boolean {
    const { imagePullSecrets, serviceAccountName, serviceAccount, containers } = object;
    const account = serviceAccountName ?? serviceAccount ?? (Array.isArray(containers) ? 'default' : undefined);
    return isGiven(imagePullSecrets) || (isText(account) && this.accounts.has(nameOf(namespace, account)));
  }

  /** Tells whether some part of an object has credentials. */
  public areBelow(object: Json, namespace: string): boolean {
    if (typeof object !== 'object' || object === null) {
      return false;
    }
    return this.areIn(object, namespace) || Object.values(object).some((part) => this.areBelow(part, namespace));
  }
}

export function namespaceOf(document: Json): string {
  const { namespace } = document.metadata ?? {};
  return isText(namespace) ? namespace : 'default';
}

function nameOf(namespace: string, account: string): string {
  return withoutStandIns(`${namespace}/${account}`);
}

function isGiven(secrets: unknown): boolean {
  return Array.isArray(secrets) && secrets.length > 0;
}
