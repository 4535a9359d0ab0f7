/**
 * Who changes the images of pods inside the cluster.
 *
 * @example
 * cache.admissionPolicy({ engine: AdmissionEngine.KYVERNO, nodeRoles: [nodeRole] });
 */
export class AdmissionEngine {
  /**
   * Kubernetes itself, from version 1.36 on: a `MutatingAdmissionPolicy` of `admissionregistration.k8s.io/v1`,
   * which the API server evaluates in its own process. There is no webhook that can be down.
   *
   * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
   */
  public static readonly KUBERNETES = new AdmissionEngine('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy');

  /**
   * Kubernetes 1.34 and 1.35, where `admissionregistration.k8s.io/v1beta1` and the feature gate
   * `MutatingAdmissionPolicy` are switched on: in clusters whose API server you run yourself.
   */
  public static readonly KUBERNETES_V1BETA1 = new AdmissionEngine(
    'admissionregistration.k8s.io/v1beta1',
    'MutatingAdmissionPolicy',
  );

  /**
   * Kyverno 1.17 and later, for clusters below Kubernetes 1.36: a `MutatingPolicy` of `policies.kyverno.io/v1`,
   * with the same expressions. Kyverno is a webhook: while it does not answer, the failure policy decides.
   *
   * @see https://kyverno.io/docs/policy-types/mutating-policy/
   */
  public static readonly KYVERNO = new AdmissionEngine('policies.kyverno.io/v1', 'MutatingPolicy');

  /** @internal */
  public readonly _apiVersion: string;

  /** @internal */
  public readonly _kind: string;

  private constructor(apiVersion: string, kind: string) {
    this._apiVersion = apiVersion;
    this._kind = kind;
  }
}
