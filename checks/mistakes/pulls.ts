import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { IManagedPolicy, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DockerImageCode, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  PullThroughCache,
  PullThroughCacheRule,
  PullThroughCacheRuleProps,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, another, HOME, Mistake, OTHER_REGION, REGION, Topic } from './mistake';
import { hub, rule } from './ours';
import { hubRule, quayRule, service } from './plain';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** What a first pull needs, in the policy of a role. */
const FIRST_PULL = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];
const grantsFirstPull = (template: Template) =>
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(FIRST_PULL) })]) },
  });

/** An output that tells people what to pull. */
const output = (stack: Stack, image: string) => new CfnOutput(stack, 'Image', { value: image });

/** An image by its name in the cache, written by hand, and the name that the library computes. */
const writtenByHand = (
  mistake: string,
  path: string,
  image: (rule: PullThroughCacheRule) => string,
  computed: string,
  props: Partial<PullThroughCacheRuleProps> = {},
): Mistake => ({
  mistake,
  plain: (stack) => {
    if (props.upstream) {
      quayRule(stack, { upstreamRepositoryPrefix: props.upstreamRepositoryPrefix });
    } else {
      hubRule(stack);
    }
    output(stack, `${HOST}/${path}`);
  },
  instead: (stack) => output(stack, image(props.upstream ? rule(stack, props) : hub(stack))),
  gives: `\`${computed}\``,
  check: (template) => template.hasOutput('Image', { Value: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${computed}` }),
});

/** An image that a rule does not have. */
const wrongImage = (
  mistake: string,
  image: string,
  props: Partial<PullThroughCacheRuleProps> = {},
  path = `${props.ecrRepositoryPrefix ?? 'quay'}/${image}`,
): Mistake => ({
  mistake,
  plain: (stack) => {
    quayRule(stack, {
      ecrRepositoryPrefix: props.ecrRepositoryPrefix ?? 'quay',
      upstreamRepositoryPrefix: props.upstreamRepositoryPrefix,
    });
    output(stack, `${HOST}/${path}`);
  },
  ours: (stack) => output(stack, rule(stack, props).image(image).uri),
});

const taskRole = (stack: Stack, managedPolicies: IManagedPolicy[] = []) =>
  new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'), managedPolicies });

/** A role that lacks what a first pull needs. */
const weakRole = (mistake: string, grant: (stack: Stack) => void): Mistake => ({
  mistake,
  plain: (stack) => {
    hubRule(stack);
    grant(stack);
  },
  instead: (stack) => hub(stack).grants.pull(taskRole(stack)),
  gives: '`grants.pull` allows it',
  check: grantsFirstPull,
});

const onlyManaged = (name: string): Mistake =>
  weakRole(`a role with \`${name.split('/').pop()}\` alone`, (stack) =>
    taskRole(stack, [ManagedPolicy.fromAwsManagedPolicyName(name)]),
  );

const onlyOn = (mistake: string, resource: string): Mistake =>
  weakRole(mistake, (stack) =>
    taskRole(stack).addToPolicy(
      new PolicyStatement({
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', ...FIRST_PULL],
        resources: [resource],
      }),
    ),
  );

/** What nothing that only reads an app can know. */
const unseen = (mistake: string, why: string): Mistake => ({
  mistake,
  unseen: why,
  plain: (stack) => hubRule(stack),
  ours: (stack) => hub(stack),
});

export const PULLS: Topic = {
  title: 'Images, permissions, workloads',
  file: 'pulls.ts',
  mistakes: [
    writtenByHand(
      'an official image without `library/`',
      'docker-hub/nginx:1.27',
      (made) => made.image('nginx:1.27').uri,
      'docker-hub/library/nginx:1.27',
    ),
    writtenByHand(
      '`library/` before the image of a user',
      'docker-hub/library/grafana/grafana:12.0',
      (made) => made.image('grafana/grafana:12.0').uri,
      'docker-hub/grafana/grafana:12.0',
    ),
    writtenByHand(
      '`library/` on another registry',
      'kubernetes/library/pause:3.10',
      (made) => made.image('pause:3.10').uri,
      'kubernetes/pause:3.10',
      { upstream: UpstreamRegistry.kubernetes() },
    ),
    writtenByHand(
      'an image by its host below the prefix',
      'docker-hub/docker.io/library/nginx:1.27',
      (made) => made.image('docker.io/library/nginx:1.27').uri,
      'docker-hub/library/nginx:1.27',
    ),
    writtenByHand(
      'an image with the upstream prefix, which drops out',
      'quay/prometheus/node-exporter:v1.9.0',
      (made) => made.image('quay.io/prometheus/node-exporter:v1.9.0').uri,
      'quay/node-exporter:v1.9.0',
      { upstream: UpstreamRegistry.quay(), upstreamRepositoryPrefix: 'prometheus' },
    ),
    {
      mistake: 'an image by the FIPS host of the cache, which serves no first pull',
      plain: (stack) => {
        hubRule(stack);
        output(stack, `${ACCOUNT}.dkr.ecr-fips.${REGION}.amazonaws.com/docker-hub/library/nginx:1.27`);
      },
      instead: (stack) =>
        output(
          stack,
          hub(stack).image(`${ACCOUNT}.dkr.ecr-fips.${REGION}.amazonaws.com/docker-hub/library/nginx:1.27`).uri,
        ),
      gives: 'the ordinary host',
      check: (template) =>
        template.hasOutput('Image', {
          Value: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/docker-hub/library/nginx:1.27`,
        }),
    },
    wrongImage('an image of another registry than that of the rule', 'ghcr.io/fluxcd/flux:v1.0.0'),
    {
      mistake: 'an image of a registry for which there is no rule',
      plain: (stack) => {
        quayRule(stack);
        output(stack, `${HOST}/github/fluxcd/flux:v1.0.0`);
      },
      ours: (stack) => output(stack, new PullThroughCache(stack, 'Cache').image('ghcr.io/fluxcd/flux:v1.0.0').uri),
    },
    wrongImage('an image outside the upstream prefix', 'grafana/loki:3.5', { upstreamRepositoryPrefix: 'prometheus' }),
    wrongImage('a repository name of 257 characters', `${'a'.repeat(252)}:1`),
    wrongImage('an image with upper case', 'Prometheus/node-exporter:v1.9.0'),
    wrongImage(
      'an image with a scheme',
      'https://quay.io/prometheus/node-exporter:v1.9.0',
      {},
      'quay/https://prometheus/node-exporter:v1.9.0',
    ),
    wrongImage('an image with white space', 'prometheus/node-exporter:v1.9.0 '),
    wrongImage('an image with a tag of 129 characters', `prometheus/node-exporter:${'v'.repeat(129)}`),
    wrongImage('an image with half a digest', 'prometheus/node-exporter@sha256:0123'),
    wrongImage('an image by its digest, which may not be cached yet', `prometheus/node-exporter@${DIGEST}`),
    wrongImage('an image by tag and digest', `prometheus/node-exporter:v1.9.0@${DIGEST}`),
    wrongImage('an image without a tag', 'prometheus/node-exporter'),
    onlyManaged('service-role/AmazonECSTaskExecutionRolePolicy'),
    onlyManaged('AmazonEC2ContainerRegistryReadOnly'),
    onlyManaged('AmazonEC2ContainerRegistryPowerUser'),
    onlyManaged('AmazonEC2ContainerRegistryPullOnly'),
    weakRole('a role with `grantPull` of CDK alone', (stack) =>
      Repository.fromRepositoryName(stack, 'Repository', 'docker-hub/library/nginx').grantPull(taskRole(stack)),
    ),
    onlyOn(
      'a role that may do all on `repository/docker-hub`',
      `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/docker-hub`,
    ),
    onlyOn(
      'a role that may do all in another region',
      `arn:aws:ecr:${OTHER_REGION}:${ACCOUNT}:repository/docker-hub/*`,
    ),
    {
      mistake: 'a service whose image is a plain string, so that its role may pull nothing',
      plain: (stack) => {
        hubRule(stack);
        service(stack, ContainerImage.fromRegistry(`${HOST}/docker-hub/library/nginx:1.27`));
      },
      instead: (stack) => {
        new PullThroughCache(stack, 'Cache').redirect(stack);
        service(stack, ContainerImage.fromRegistry('quay.io/prometheus/node-exporter:v1.9.0'));
      },
      gives: '`redirect` gives the role its permissions',
      check: grantsFirstPull,
    },
    {
      mistake: 'a service that does not wait for the policy of its role',
      plain: (stack) => {
        hubRule(stack);
        const executionRole = service(
          stack,
          ContainerImage.fromRegistry(`${HOST}/docker-hub/library/nginx:1.27`),
        ).obtainExecutionRole();
        executionRole.addToPrincipalPolicy(
          new PolicyStatement({
            actions: [
              'ecr:BatchCheckLayerAvailability',
              'ecr:BatchGetImage',
              'ecr:GetDownloadUrlForLayer',
              ...FIRST_PULL,
            ],
            resources: [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/docker-hub/*`],
          }),
        );
      },
      instead: (stack) => service(stack, hub(stack).image('nginx:1.27').toContainerImage()),
      gives: 'the service waits for policy and rule',
      check: (template) =>
        template.hasResource('AWS::ECS::Service', {
          DependsOn: Match.arrayWith([
            Match.stringLikeRegexp('^PullThroughCacheRule'),
            Match.stringLikeRegexp('^TaskExecutionRoleDefaultPolicy'),
          ]),
        }),
    },
    {
      mistake: 'a Lambda function of a cached image',
      plain: (stack) => {
        hubRule(stack);
        const repository = Repository.fromRepositoryName(stack, 'Repository', 'docker-hub/library/python');
        new DockerImageFunction(stack, 'Function', {
          code: DockerImageCode.fromEcr(repository, { tagOrDigest: '3.13' }),
        });
      },
      ours: (stack) =>
        new DockerImageFunction(stack, 'Function', {
          code: DockerImageCode.fromEcr(hub(stack).image('python:3.13').repository, { tagOrDigest: '3.13' }),
        }),
    },
    {
      mistake: 'AWS Lambda itself as the one that may pull',
      plain: (stack) => {
        hubRule(stack);
        Repository.fromRepositoryName(stack, 'Repository', 'docker-hub/library/python').grantPull(
          new ServicePrincipal('lambda.amazonaws.com'),
        );
      },
      ours: (stack) => hub(stack).grants.pull(new ServicePrincipal('lambda.amazonaws.com')),
    },
    {
      mistake: 'permissions for a principal that has no policy',
      plain: (stack) => {
        hubRule(stack);
        new ServicePrincipal('ecs-tasks.amazonaws.com').addToPrincipalPolicy(
          new PolicyStatement({ actions: FIRST_PULL, resources: ['*'] }),
        );
      },
      ours: (stack) => hub(stack).grants.pull(new ServicePrincipal('ecs-tasks.amazonaws.com')),
    },
    {
      mistake: 'failures by a status that ECR does not have',
      plain: (stack) => {
        hubRule(stack);
        const eventPattern = {
          source: ['aws.ecr'],
          detailType: ['ECR Pull Through Cache Action'],
          detail: { 'sync-status': ['FAILED'] },
        };
        new Rule(stack, 'Failures', { eventPattern, targets: [new SqsQueue(new Queue(stack, 'Queue'))] });
      },
      instead: (stack) => hub(stack).onCacheFailure('Failures', { target: new SqsQueue(new Queue(stack, 'Queue')) }),
      gives: 'whatever is no success matches',
      check: (template) =>
        template.hasResourceProperties('AWS::Events::Rule', {
          EventPattern: { detail: { 'sync-status': [{ 'anything-but': ['SUCCESS'] }] } },
        }),
    },
    {
      mistake: 'events of a rule watched in another region',
      plain: (stack, app) => {
        quayRule(stack);
        const there = another(app, 'There', { ...HOME, region: OTHER_REGION });
        new Rule(there, 'Failures', {
          eventPattern: { source: ['aws.ecr'], detail: { 'ecr-repository-prefix': ['quay'] } },
          targets: [new SqsQueue(new Queue(there, 'Queue'))],
        });
      },
      ours: (stack, app) =>
        rule(stack).onCacheFailure('Failures', {
          crossStackScope: another(app, 'There', { ...HOME, region: OTHER_REGION }),
        }),
    },
    unseen(
      'private subnets with endpoints and no way to the internet, for a first pull',
      "the network is another app's, or made by hand",
    ),
    unseen('an image that the upstream does not have', 'the registry knows'),
  ],
};
