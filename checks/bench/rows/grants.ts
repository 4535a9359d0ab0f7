import { Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCacheRule, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { renderDocument } from '../../../src/core/cloudformation-text';
import { count, synthesize } from '../apps';
import { alternate, QUICK } from '../measure';
import { report, Result, show } from '../result';

const images = count(QUICK ? 10 : 1000).map((index) => `team/application-${index}`);

const newRole = (stack: Stack) =>
  new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
const newRule = (stack: Stack) => new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });

function byLibrary(stack: Stack): void {
  const [rule, role] = [newRule(stack), newRole(stack)];
  images.forEach((image) => rule.grants.pullImage(role, `${image}:v1`));
}

function byCdk(stack: Stack): void {
  const role = newRole(stack);
  images.forEach((image) =>
    Repository.fromRepositoryName(stack, image.replace('/', ':'), `quay/${image}`).grantPull(role),
  );
}

const wholeRule = (stack: Stack) => {
  newRule(stack).grants.pull(newRole(stack));
};

/** What IAM allows: inline policies of a role in all, a managed policy, and managed policies of a role by default. */
const LIMITS = { inline: 10_240, managed: 6_144, attached: 10 };

interface Policies {
  readonly statements: number;
  readonly inline: number;
  readonly managed: number[];
}

function policies(make: (stack: Stack) => void): Policies {
  const resources = Object.values(synthesize(make).Resources) as {
    Type: string;
    Properties: { PolicyDocument: { Statement: unknown[] } };
  }[];
  const documents = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties.PolicyDocument);
  const length = (document: unknown) => JSON.stringify(renderDocument(document, () => 'aws')).length;
  const [inline, managed] = [documents('AWS::IAM::Policy'), documents('AWS::IAM::ManagedPolicy')];
  return {
    statements: [...inline, ...managed].flatMap(({ Statement }) => Statement).length,
    inline: inline.map(length).reduce((sum, next) => sum + next, 0),
    managed: managed.map(length),
  };
}

function fits({ inline, managed }: Policies): boolean {
  return (
    inline <= LIMITS.inline && managed.length <= LIMITS.attached && managed.every((length) => length <= LIMITS.managed)
  );
}

const describe = ({ statements, inline, managed }: Policies) =>
  [
    `${statements} statements; ${inline} characters inline`,
    ...(managed.length > 0 ? [`${managed.length} managed policies of up to ${Math.max(...managed)}`] : []),
  ].join(' and ');

const { ours, theirs, ratio } = alternate(
  8,
  () => synthesize(byLibrary),
  () => synthesize(byCdk),
);
const policy = (what: string, make: (stack: Stack) => void): Result => ({
  what,
  against: '`grantPull` of CDK',
  ours: describe(policies(make)),
  theirs: describe(policies(byCdk)),
  aim: 'under the limits of IAM',
  met: fits(policies(make)),
});
report(
  {
    what: `grants of ${images.length} images to one role`,
    against: '`grantPull` of CDK',
    ours: show(ours, ' ms'),
    theirs: show(theirs, ' ms'),
    ratio: show(ratio),
    aim: 'at most 1.10 times',
    met: ratio.median <= 1.1,
  },
  policy(`policies of a role with ${images.length} grants by image`, byLibrary),
  policy('policies of a role with one grant of the whole rule', wholeRule),
);
