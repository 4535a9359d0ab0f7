import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { AdmissionEngine } from './admission-engine';
import type { AdmissionNamespaces } from './admission-namespaces';

/**
 * What becomes of a pod for which the policy cannot be evaluated.
 */
export enum AdmissionFailurePolicy {
  /** The pod is admitted with the images that it names. */
  IGNORE = 'Ignore',

  /** The pod is refused. */
  FAIL = 'Fail',
}

/**
 * How images that do not come through the cache are reported. No pod is refused or changed by it.
 */
export enum AdmissionReport {
  /** In the audit log of the API server, as `validation.policy.admission.k8s.io/validation_failure`. */
  AUDIT = 'Audit',

  /** As a warning to whoever makes the pod: kubectl prints it. For most pods that is a controller, which does not. */
  WARN = 'Warn',
}

/**
 * Which pods and images an admission policy changes, and how.
 */
export interface AdmissionPolicyOptions {
  /**
   * Who changes the images.
   *
   * @default AdmissionEngine.KUBERNETES - Kubernetes 1.36 and later
   */
  readonly engine?: AdmissionEngine;

  /**
   * The name of the policy and of its binding: at most 246 characters. The name of the report is this and `-report`.
   *
   * @default 'ecr-pull-through-cache'
   */
  readonly name?: string;

  /**
   * The namespaces in which it acts.
   *
   * @default AdmissionNamespaces.allExcept('kube-system')
   */
  readonly namespaces?: AdmissionNamespaces;

  /**
   * The pods that it leaves alone, by their labels: `key` for any value, or `key=value`. They are those of operators
   * that compare the images of their pods with what they asked for, and make the pods again and again if they differ.
   *
   * @default AdmissionPolicy.OPERATOR_PODS
   */
  readonly excludePods?: string[];

  /**
   * Only images that match one of these patterns, in which `*` stands for any text. They are compared with
   * the normalised reference, with and without its tag: `docker.io/library/*`, `quay.io/prometheus/prometheus:v3.*`.
   *
   * @default - all
   */
  readonly only?: string[];

  /**
   * No image that matches one of these patterns, which are as in `only`.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * What becomes of a pod for which the policy cannot be evaluated.
   *
   * @default AdmissionFailurePolicy.IGNORE
   */
  readonly failurePolicy?: AdmissionFailurePolicy;

  /**
   * Where images are reported that do not come through the cache, by a `ValidatingAdmissionPolicy` of
   * Kubernetes 1.33 and later, whoever the engine is. It names what is not in a private registry of ECR once all
   * changes are made, and looks at the same pods; `only` and `exclude` hold for it too.
   *
   * @default - nowhere; in the audit log with `dryRun`
   */
  readonly report?: AdmissionReport[];

  /**
   * Reports only, and changes nothing.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * The roles of the nodes that pull, which may then pull through every rule of the policy. An empty list says
   * that they may already.
   *
   * @default - the roles that are found by `cluster`
   */
  readonly nodeRoles?: IGrantable[];

  /**
   * The cluster, if this app makes it: the roles of its node groups, its Fargate profiles and its Auto Mode are found
   * when the app is synthesized, and may pull too.
   *
   * @default - none
   */
  readonly cluster?: IConstruct;
}
