import { labelValueProblems, labelKeyProblems, nameProblems } from './kubernetes-names';
import { Problem, throwIfAny } from '../core/errors';

/** The label by which Kubernetes tells the name of a namespace. */
const NAME = 'kubernetes.io/metadata.name';

/** A selector of Kubernetes, by labels. */
export interface LabelSelector {
  readonly matchExpressions: { readonly key: string; readonly operator: string; readonly values?: string[] }[];
}

/**
 * The namespaces of a cluster in which an admission policy acts.
 *
 * @example
 * cache.admissionPolicy({
 *   namespaces: AdmissionNamespaces.allExcept('kube-system', 'istio-system'),
 *   nodeRoles: [nodeRole],
 * });
 */
export class AdmissionNamespaces {
  /**
   * Takes all namespaces but those that are named; without a name, really all.
   *
   * Throws if a name is not valid in Kubernetes.
   *
   * @param names the names of namespaces
   */
  public static allExcept(...names: string[]): AdmissionNamespaces {
    throwIfAny(names.flatMap((name) => nameProblems('namespace', name)));
    return AdmissionNamespaces.of(names.length === 0 ? [] : [{ key: NAME, operator: 'NotIn', values: names }]);
  }

  /**
   * Takes the namespaces that are named, and no other.
   *
   * Throws if a name is not valid in Kubernetes, or there is none.
   *
   * @param names the names of namespaces
   */
  public static only(...names: string[]): AdmissionNamespaces {
    throwIfAny([
      ...(names.length === 0 ? [NO_NAMES] : []),
      ...names.flatMap((name) => nameProblems('namespace', name)),
    ]);
    return AdmissionNamespaces.of([{ key: NAME, operator: 'In', values: names }]);
  }

  /**
   * Takes the namespaces with a label, so that teams opt in: `kubectl label namespace shop ecr-cache=enabled`.
   *
   * Throws if key or value is not valid in Kubernetes.
   *
   * @param key the key of the label
   * @param value its value
   */
  public static labelled(key: string, value: string): AdmissionNamespaces {
    throwIfAny([...labelKeyProblems('namespace label', key), ...labelValueProblems('namespace label', value)]);
    return AdmissionNamespaces.of([{ key, operator: 'In', values: [value] }]);
  }

  private static of(expressions: LabelSelector['matchExpressions']): AdmissionNamespaces {
    return new AdmissionNamespaces(expressions.length === 0 ? undefined : { matchExpressions: expressions });
  }

  /** @internal */
  public readonly _selector?: LabelSelector;

  private constructor(selector: LabelSelector | undefined) {
    this._selector = selector;
  }
}

const NO_NAMES: Problem = {
  id: 'AdmissionNamespaces.empty',
  what: 'no namespace is named',
  allowed: 'at least one',
  fix: 'name the namespaces, or use AdmissionNamespaces.allExcept()',
};
