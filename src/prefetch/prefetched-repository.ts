import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { Grant, IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { PrefetchRule } from './prefetch-rule';
import { templateOf } from './repository-templates';
import { isLambda } from '../access/pull-permissions';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { CachedRepository, CachedRepositoryProps } from '../image/cached-repository';

/**
 * The repository of an image that is in the cache before it is pulled. Its URIs are an attribute of what brings the
 * image there, so that whatever names them waits for it. AWS Lambda may read from it.
 */
export class PrefetchedRepository extends CachedRepository {
  private letsLambdaIn = false;
  private isForFunction = false;

  constructor(
    private readonly owner: PrefetchRule,
    id: string,
    props: CachedRepositoryProps,
  ) {
    super(owner, id, props);
  }

  public grant(grantee: IGrantable, ...actions: string[]): Grant {
    if (!isLambda(this.owner, grantee.grantPrincipal)) {
      return super.grant(grantee, ...actions);
    }
    this.isForFunction = true;
    if (!this.letsLambdaIn) {
      this.letsLambdaIn = true;
      this.letLambdaIn();
    }
    return Grant.drop(grantee, 'the repository creation template of the rule lets AWS Lambda read');
  }

  /** CDK asks for it right after the grant, where a function is made of the repository itself. */
  public repositoryUriForTagOrDigest(tagOrDigest: string = ''): string {
    const isTag = !holdsToken(tagOrDigest) && !/^sha256:|@/.test(tagOrDigest);
    if (this.isForFunction && isTag) {
      warn(
        this.owner,
        'PrefetchedImage.lambdaTag',
        `a function is made of ${this.repositoryName} by a tag, which does where the image is for one platform, for ` +
          'AWS Lambda takes no index; make the function of prefetch(...).toLambdaCode()',
      );
    }
    this.isForFunction = false;
    return super.repositoryUriForTagOrDigest(tagOrDigest);
  }

  private letLambdaIn(): void {
    this.owner.node.addValidation({ validate: () => this.warnOfLifecycle() });
    if (!this.owner._addRepositoryStatement) {
      warn(
        this.owner,
        'PrefetchedImage.lambdaPolicy',
        `the rule is not of this app, which so cannot let AWS Lambda read from ${this.repositoryName}: ` +
          'let lambda.amazonaws.com read in the policy of the repository creation template of the rule',
      );
      return;
    }
    const functions = Stack.of(this.owner).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.owner._addRepositoryStatement(
      new PolicyStatement({
        principals: [new ServicePrincipal('lambda.amazonaws.com')],
        actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        conditions: { ArnLike: { 'aws:sourceArn': functions } },
      }),
    );
  }

  /** Read when the app is synthesized: the repository may get its template later. */
  private warnOfLifecycle(): string[] {
    const template = templateOf(this.owner, this.repositoryName);
    const resource = template?.node.defaultChild as CfnRepositoryCreationTemplate | undefined;
    if (resource?.lifecyclePolicy !== undefined) {
      warn(
        this.owner,
        'PrefetchedImage.lifecycle',
        `a lifecycle rule of the template ${template!.node.path} may remove or archive the image of an AWS Lambda ` +
          'function, which then fails; cache images of functions by a rule without lifecycle rules, or make a ' +
          'template without them for the prefix of their repositories',
      );
    }
    return [];
  }
}
