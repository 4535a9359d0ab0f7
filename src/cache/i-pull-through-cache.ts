import type { DockerImage } from 'aws-cdk-lib';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { DockerCredential, EcrDockerCredentialOptions } from 'aws-cdk-lib/pipelines';
import type { IConstruct } from 'constructs';
import type { PullThroughCacheGrants } from './pull-through-cache-grants';
import type { AdmissionPolicy } from '../admission/admission-policy';
import type { AdmissionPolicyOptions } from '../admission/admission-policy-options';
import type { BuildContextsOptions } from '../build/build-contexts';
import type { CachedBuild, CachedBuildOptions } from '../build/cached-build';
import type { DockerCredentialsFile, DockerCredentialsFileProps } from '../build/docker-credentials';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';
import type { ImageReference } from '../image/image-reference';
import type { PrefetchOptions } from '../prefetch/prefetch-options';
import type { PrefetchedImage } from '../prefetch/prefetched-image';
import type { RedirectOptions } from '../redirect/redirect-options';
import type { Redirection } from '../redirect/redirection';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';

/**
 * The pull through cache rules of an account and region together.
 */
export interface IPullThroughCache extends IConstruct {
  /** The rules: those that the cache made, then those that were given. */
  readonly rules: IPullThroughCacheRule[];

  /** Grants pulls through the rules. */
  readonly grants: PullThroughCacheGrants;

  /**
   * The commands by which a build with the AWS CLI and Docker signs in to the cache, one for each registry. Whoever
   * runs them needs `grants.pull`.
   */
  readonly dockerLoginCommands: string[];

  /**
   * Gives the rule for a registry. Of several, that with the longest upstream prefix.
   *
   * Throws if the cache has none, listing the hosts that it has.
   *
   * @param upstreamRegistryUrl the host of the registry, as people write it: `docker.io` or `registry-1.docker.io`
   */
  rule(upstreamRegistryUrl: string): IPullThroughCacheRule;

  /**
   * Names an image as it is pulled through the cache, by the rule of its registry; of several rules, by that with the
   * longest upstream prefix that covers the image.
   *
   * Throws if no rule covers the image, listing the hosts that the cache has, and if the reference is not valid.
   *
   * @param reference the image: `nginx:1.27` (on Docker Hub), `ghcr.io/owner/app:v1`, or the URI of the cached image
   *   itself
   * @param options how to name the image
   */
  image(reference: string, options?: CachedImageOptions): CachedImage;

  /**
   * Names an image like `image`, from a reference of which parts may be CDK tokens. Its host must be known.
   *
   * Throws if no rule covers the image, listing the hosts that the cache has.
   *
   * @param reference the image
   * @param options how to name the image
   */
  imageFromReference(reference: ImageReference, options?: CachedImageOptions): CachedImage;

  /**
   * Names an image like `image`, and gives nothing for an image that no rule covers.
   *
   * Throws if the reference is not valid.
   *
   * @param reference the image, as for `image`
   * @param options how to name the image
   */
  tryImage(reference: string, options?: CachedImageOptions): CachedImage | undefined;

  /**
   * Has an image in the cache when the stack of the rule that covers it is deployed, before what depends on it; see
   * `prefetch` of a rule.
   *
   * Throws what `image` and `prefetch` of the rule throw.
   *
   * @param reference the image, as for `image`; with a tag and a digest, the deployment fails if the tag has another
   *   digest
   * @param options how long to wait, and when to fetch it again
   */
  prefetch(reference: string, options?: PrefetchOptions): PrefetchedImage;

  /**
   * Lets principals of other accounts, and services of AWS, pull through every rule that the cache made; see
   * `allowPullFrom` of a rule.
   *
   * Throws if the cache made no rule, and what `allowPullFrom` of a rule throws.
   *
   * @param principal for example `AccountPrincipal`, `OrganizationPrincipal` or `OrganizationalUnitPrincipal`
   */
  allowPullFrom(principal: IPrincipal): void;

  /**
   * Makes an EventBridge rule for whatever the cache does.
   *
   * @param id the id of the EventBridge rule
   * @param options target and other options of the EventBridge rule
   */
  onCacheAction(id: string, options?: OnEventOptions): Rule;

  /**
   * Makes an EventBridge rule for pulls through the cache that fail, as they do when an access token has expired.
   *
   * @param id the id of the EventBridge rule
   * @param options target and other options of the EventBridge rule
   */
  onCacheFailure(id: string, options?: OnEventOptions): Rule;

  /**
   * Sends every image that is declared below a scope as a plain string, and that a rule covers, through the cache, and
   * lets the roles that pull do so: ECS, Batch, CodeBuild, SageMaker, and on EKS manifests with the resources of known
   * operators, patches, Helm charts of `oci://` repositories and their values. It acts when CDK renders the resources,
   * so also on what is added after the call, stages among it.
   *
   * A stage of CDK Pipelines is synthesized as soon as it is added to the pipeline: call this for the stage itself, at
   * the end of its constructor, `cache.redirect(this)`. A stage that was missed is reported.
   *
   * Left alone, and reported: tokens, images in ECR, images pulled with credentials of their own, AWS Lambda without
   * the option `prefetch`, App Runner, and workloads in another account or region than this construct. Images that name
   * themselves inside a Helm chart and not in its values are not seen.
   *
   * @param scope below which
   * @param options which images
   */
  redirect(scope: IConstruct, options?: RedirectOptions): Redirection;

  /**
   * Makes a redirection to apply oneself: with `Aspects.of(scope).add(...)`, or with `scope.with(...)`, which reaches
   * only the constructs that exist at the call.
   *
   * @param options which images
   */
  redirectionAspect(options?: RedirectOptions): Redirection;

  /**
   * Makes an admission policy of Kubernetes that sends the images of pods through the cache inside a cluster: also
   * those that charts name in their own templates, and that operators, injectors and `kubectl debug` add.
   *
   * The roles of the nodes get the permissions to pull through all rules of the policy; without `nodeRoles` and
   * `cluster`, a warning tells of unknown nodes.
   *
   * Throws if the cache has no rule for a registry other than ECR, or a name or label is not valid in Kubernetes.
   *
   * @param options which pods and images, and who changes them
   * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
   */
  admissionPolicy(options?: AdmissionPolicyOptions): AdmissionPolicy;

  /**
   * Reads the Dockerfile of a directory, so that the image which is built of it pulls through the cache.
   *
   * An image whose name depends on the machine that builds, or is that of a stage, is pulled as it is, with a warning.
   * Throws if there is no such file or stage; and if the cache has an image of the Dockerfile, and the account or
   * region of its stack is not known at synth, as builds take no tokens.
   *
   * @param directory the directory, relative to where the app runs
   * @param options what `docker build` is told, and which images
   * @see https://docs.docker.com/build/building/context/#additional-build-contexts
   */
  dockerBuild(directory: string, options?: CachedBuildOptions): CachedBuild;

  /**
   * Gives what `buildContexts` of CDK's image assets takes, so that the images of a Dockerfile are pulled through the
   * cache: those of `FROM`, `COPY --from` and `RUN --mount=from=…`. `dockerBuild()` makes the asset too.
   *
   * Throws as `dockerBuild()` does.
   *
   * @param directory the directory with the Dockerfile, relative to where the app runs
   * @param options which build of it, with the values that `docker build` will be told
   */
  buildContexts(directory: string, options?: BuildContextsOptions): { [name: string]: string };

  /**
   * Gives an image in which CDK bundles assets, such as the code of functions. Whoever synthesizes the app pulls it,
   * and has to sign in before, as by `dockerLoginCommands`.
   *
   * Throws as `image()` does, and if the account or region of the stack is not known at synth.
   *
   * @param reference the image, as for `image`
   */
  bundlingImage(reference: string): DockerImage;

  /**
   * Gives the credentials with which CDK Pipelines pull through the cache, for `dockerCredentials` of `CodePipeline`.
   * The pipeline lets its synth, self-update and asset publishing pull, first pulls included. One for each registry:
   * one in all, unless rules of other accounts or regions were given.
   *
   * @param options which stages of the pipeline, and the role that they take on to pull
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.pipelines-readme.html#docker-registry-credentials
   */
  dockerCredentials(options?: EcrDockerCredentialOptions): DockerCredential[];

  /**
   * Makes the file with which the CDK signs in to the cache where images are built, and the role that it names.
   *
   * Throws unless one of the two is given: the role, or who may take it on.
   *
   * @param id the id, below the cache
   * @param props who builds
   */
  dockerCredentialsFile(id: string, props: DockerCredentialsFileProps): DockerCredentialsFile;
}
