import { kubernetesManifests, kyvernoManifests, Manifest, PolicyContent } from './manifests';

/**
 * Who changes the images of pods inside the cluster.
 */
export class AdmissionEngine {
  /**
   * Kubernetes itself, from version 1.36 on: a `MutatingAdmissionPolicy` of `admissionregistration.k8s.io/v1`,
   * which the API server evaluates in its own process. There is no webhook that can be down.
   *
   * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
   */
  public static readonly KUBERNETES = AdmissionEngine.kubernetes('admissionregistration.k8s.io/v1');

  /**
   * Kubernetes 1.34 and 1.35, where `admissionregistration.k8s.io/v1beta1` and the feature gate
   * `MutatingAdmissionPolicy` are switched on: in clusters whose API server you run yourself.
   */
  public static readonly KUBERNETES_V1BETA1 = AdmissionEngine.kubernetes('admissionregistration.k8s.io/v1beta1');

  /**
   * Kyverno 1.17 and later, for clusters below Kubernetes 1.36: a `MutatingPolicy` of `policies.kyverno.io/v1`,
   * with the same expressions. Kyverno is a webhook: while it does not answer, the failure policy decides.
   *
   * @see https://kyverno.io/docs/policy-types/mutating-policy/
   */
  public static readonly KYVERNO = new AdmissionEngine((content) =>
    kyvernoManifests('policies.kyverno.io/v1', content),
  );

  private static kubernetes(apiVersion: string): AdmissionEngine {
    return new AdmissionEngine((content) => kubernetesManifests(apiVersion, content));
  }

  /** @internal */
  public readonly _manifests: (content: PolicyContent) => Manifest[];

  private constructor(manifests: (content: PolicyContent) => Manifest[]) {
    this._manifests = manifests;
  }
}
