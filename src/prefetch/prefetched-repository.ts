import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { Grant, IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { PrefetchRule } from './prefetch-rule';
import { isLambda } from '../access/pull-permissions';
import { warn } from '../core/warnings';
import { CachedRepository, CachedRepositoryProps } from '../image/cached-repository';

/**
 * The repository of an image that is in the cache before it is pulled. Its URIs are an attribute of what brings the
 * image there, so that whatever names them waits for it. AWS Lambda may read from it.
 */
export class PrefetchedRepository extends CachedRepository {
  private letsLambdaIn = false;

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
    if (!this.letsLambdaIn) {
      this.letsLambdaIn = true;
      this.letLambdaIn();
    }
    return Grant.drop(grantee, 'the repository creation template of the rule lets AWS Lambda read');
  }

  private letLambdaIn(): void {
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
    this.owner.node.addValidation({ validate: () => this.warnOfLifecycle() });
  }

  /** Read when the app is synthesized: the rule may get its template later. */
  private warnOfLifecycle(): string[] {
    const template = this.owner.repositoryCreationTemplate?.node.defaultChild as
      CfnRepositoryCreationTemplate | undefined;
    if (template?.lifecyclePolicy !== undefined) {
      warn(
        this.owner,
        'PrefetchedImage.lifecycle',
        'a lifecycle rule of the repository creation template may remove or archive the image of an AWS Lambda ' +
          'function, which then fails; cache images of functions by a rule without lifecycle rules, or make a ' +
          'template without them for the prefix of their repositories',
      );
    }
    return [];
  }
}
