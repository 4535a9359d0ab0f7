import { App, Resource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IRepository, PullThroughCacheRuleReference, Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  CachedImage,
  ImageReference,
  IPullThroughCacheRule,
  PullThroughCache,
  PullThroughCacheError,
  PullThroughCacheRule,
  PullThroughCacheRuleGrants,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';

const ENV = { account: '444455556666', region: 'eu-west-1' };
const OWNER = { account: '111122223333', region: 'us-east-1' };
const REGISTRY = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

const newStack = () => new Stack(new App(), 'Stack', { env: ENV });

describe('a cache of another account', () => {
  const imported = (stack: Stack) =>
    PullThroughCache.fromPullThroughCacheAttributes(stack, 'Cache', {
      ...OWNER,
      upstreamRegistryUrls: ['docker.io', 'quay.io'],
      rules: [{ upstreamRegistryUrl: 'ghcr.io', ecrRepositoryPrefix: 'team', upstreamRepositoryPrefix: 'owner' }],
    });

  test('names its images', () => {
    const cache = imported(newStack());
    expect(cache.image('nginx:1.27').uri).toBe(`${REGISTRY}/docker-hub/library/nginx:1.27`);
    expect(cache.image('ghcr.io/owner/app:1').uri).toBe(`${REGISTRY}/team/app:1`);
    expect(cache.tryImage('registry.k8s.io/pause:3.10')).toBeUndefined();
    expect(cache.rule('quay.io').env).toMatchObject(OWNER);
  });

  test('grants on its repositories, and makes no rule', () => {
    const stack = newStack();
    imported(stack).grants.pull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ECR::PullThroughCacheRule', 0);
    const arns = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    for (const prefix of ['docker-hub', 'quay', 'team']) {
      expect(arns).toContain(`:ecr:us-east-1:111122223333:repository/${prefix}/*`);
    }
  });

  test('redirects what this app declares', () => {
    const stack = newStack();
    new FargateTaskDefinition(stack, 'Task').addContainer('web', { image: ContainerImage.fromRegistry('nginx:1.27') });
    imported(stack).redirect(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [{ Image: `${REGISTRY}/docker-hub/library/nginx:1.27`, Name: 'web' }],
    });
  });

  test('cannot let others pull', () => {
    expect(() => imported(newStack()).allowPullFrom(new AccountPrincipal('777788889999'))).toThrow(
      /this app does not make the rule, so it cannot let others pull through it; .*call allowPullFrom in the app/,
    );
  });

  test.each([
    ['no rules', {}, /the cache has no rules; .*upstreamRegistryUrls/],
    ['a host that ECR does not support', { upstreamRegistryUrls: ['gcr.io'] }, /does not support/],
  ])('fails with %s', (_, attributes, message) => {
    expect(() => PullThroughCache.fromPullThroughCacheAttributes(newStack(), 'Cache', attributes)).toThrow(message);
  });
});

/** A rule as somebody else may write it: by the exported interface alone. */
class ForeignRule extends Resource implements IPullThroughCacheRule {
  public readonly ecrRepositoryPrefix = 'foreign';
  public readonly upstreamRegistryUrl = 'quay.io';
  public readonly upstreamRepositoryPrefix = 'ROOT';
  public readonly grants = PullThroughCacheRuleGrants.fromPullThroughCacheRule(this);
  public readonly pullThroughCacheRuleRef: PullThroughCacheRuleReference = { ecrRepositoryPrefix: 'foreign' };

  public image(reference: string): CachedImage {
    return this.imageFromReference(ImageReference.parse(reference, this.upstreamRegistryUrl));
  }

  public imageFromReference(reference: ImageReference): CachedImage {
    const name = `foreign/${reference.repository}`;
    const id = name.replace(/\//g, ':');
    const known = this.node.tryFindChild(id) as IRepository | undefined;
    return CachedImage.fromRepository(known ?? Repository.fromRepositoryName(this, id, name), reference);
  }

  public allowPullFrom(_principal: IPrincipal): void {}
  public prefetch(): never {
    throw new Error('not of use here');
  }
  public onCacheAction(): never {
    throw new Error('not of use here');
  }
  public onCacheFailure(): never {
    throw new Error('not of use here');
  }
}

describe("somebody else's IPullThroughCacheRule", () => {
  test('is a member of a cache, names images, and is granted on', () => {
    const stack = newStack();
    const cache = new PullThroughCache(stack, 'Cache', { existingRules: [new ForeignRule(stack, 'Foreign')] });
    expect(cache.rules).toHaveLength(1);
    expect(stack.resolve(cache.image('quay.io/a/b:1').uri)).toEqual(
      stack.resolve(`444455556666.dkr.ecr.eu-west-1.${stack.urlSuffix}/foreign/a/b:1`),
    );
    cache.grants.pull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toContain(
      ':repository/foreign/*',
    );
  });

  test('serves a redirection', () => {
    const stack = newStack();
    new FargateTaskDefinition(stack, 'Task').addContainer('web', {
      image: ContainerImage.fromRegistry('quay.io/a/b:1'),
    });
    new PullThroughCache(stack, 'Cache', { existingRules: [new ForeignRule(stack, 'Foreign')] }).redirect(stack);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('/foreign/a/b:1');
  });
});

describe('a cache', () => {
  const cached = (stack: Stack) =>
    new PullThroughCache(stack, 'Cache', {
      rules: [
        {
          upstream: UpstreamRegistry.quay(),
          ecrRepositoryPrefix: 'monitoring',
          upstreamRepositoryPrefix: 'prometheus',
        },
        { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'anything' },
        {
          upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder()),
          repositories: { description: 'Hub' },
        },
      ],
    });

  test('takes two rules for one registry; the longest upstream prefix counts', () => {
    const cache = cached(newStack());
    expect(cache.image('quay.io/prometheus/node-exporter:v1').repositoryName).toBe('monitoring/node-exporter');
    expect(cache.image('quay.io/other/app:v1').repositoryName).toBe('anything/other/app');
  });

  test('gives rules of which the secret and the template can be used without a cast', () => {
    const rule = cached(newStack()).rule('docker.io');
    expect(rule.credentialsSecret).toBeDefined();
    expect(rule.repositoryCreationTemplate?.prefix).toBe('docker-hub');
    rule.allowPullFrom(new AccountPrincipal('777788889999'));
  });

  test('takes a reference of which parts are tokens', () => {
    const cache = cached(newStack());
    const reference = ImageReference.fromParts({ host: 'quay.io', repository: 'other/app', tag: '${Token[Tag.1]}' });
    expect(cache.imageFromReference(reference).repositoryName).toBe('anything/other/app');
  });

  test('lets others pull through all its rules', () => {
    const stack = newStack();
    cached(stack).allowPullFrom(new AccountPrincipal('777788889999'));
    Template.fromStack(stack).resourceCountIs('AWS::ECR::RepositoryCreationTemplate', 3);
    Template.fromStack(stack).resourceCountIs('AWS::ECR::RegistryPolicy', 1);
  });

  test('with existing rules makes no others', () => {
    const stack = newStack();
    const hub = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Hub', {
      ecrRepositoryPrefix: 'hub',
      upstreamRegistryUrl: 'docker.io',
    });
    expect(new PullThroughCache(stack, 'Cache', { existingRules: [hub] }).rules).toEqual([hub]);
    Template.fromStack(stack).resourceCountIs('AWS::ECR::PullThroughCacheRule', 0);
  });
});

test('an error of the library is told from others', () => {
  const caught = (action: () => unknown) => {
    try {
      return action();
    } catch (error) {
      return error;
    }
  };
  const ours = caught(() => ImageReference.parse('NGINX'));
  expect(ours).toBeInstanceOf(PullThroughCacheError);
  expect((ours as PullThroughCacheError).ids).toEqual(['cdk-ecr-pull-through-cache:ImageReference.part']);
  expect(PullThroughCacheError.isPullThroughCacheError(ours)).toBe(true);
  expect(PullThroughCacheError.isPullThroughCacheError(new Error('other'))).toBe(false);
});
