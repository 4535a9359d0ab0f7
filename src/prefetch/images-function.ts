import { Stack } from 'aws-cdk-lib';
import { CfnPullTimeUpdateExclusion } from 'aws-cdk-lib/aws-ecr';
import type { PrefetchRule } from './prefetch-rule';
import { allowWithoutSignIn } from '../access/pull-permissions';
import { FunctionKind, InlineFunction } from '../provider/inline-function';
import { isGenerated } from '../provider/placeholder';

const KIND: FunctionKind = {
  id: 'PullThroughCachePrefetch',
  description: 'Has images in the pull through cache of ECR before they are needed',
  code: ['answer.js', 'rollback.js', 'secrets.js', 'images.js'],
};

/**
 * By the service authorization reference, a call of BatchGetImage that imports an image needs the three others too.
 * ECR sets no tags with them but those of the template.
 */
const ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
  'ecr:DescribeImages',
  'ecr:TagResource',
];

/** The function that prefetches the images of a stack, allowed to prefetch those of one more repository. */
export function imagesFunction(rule: PrefetchRule, repositoryArn: string): InlineFunction {
  const images = InlineFunction.of(rule, KIND);
  allowWithoutSignIn(rule, images, ACTIONS, repositoryArn);
  // Tells a rollback, in which what was before must not fail.
  allowWithoutSignIn(rule, images, ['cloudformation:DescribeStacks'], Stack.of(rule).stackId);
  if (isGenerated(rule.credentialsSecret)) {
    // Says whether somebody has filled it in, and does not show the value.
    allowWithoutSignIn(rule, images, ['secretsmanager:DescribeSecret'], rule.credentialsSecret!.secretArn);
  }
  if (!images.node.tryFindChild('Exclusion')) {
    // Its pulls are no use of an image, of which lifecycle rules count the days.
    const exclusion = new CfnPullTimeUpdateExclusion(images, 'Exclusion', { principalArn: images.role.roleArn });
    images.waitFor(exclusion);
  }
  return images;
}
