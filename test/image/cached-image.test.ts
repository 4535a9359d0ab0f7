import { execFileSync } from 'child_process';
import { join } from 'path';
import { Annotations as CoreAnnotations, App, Aws, CfnParameter, Lazy, NestedStack, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as fc from 'fast-check';
import { CachedImage, ImageReference, IPullThroughCacheRule, PullThroughCacheRule, UpstreamRegistry } from '../../src';
import { renderText } from '../../src/core/cloudformation-text';
import {
  ACCOUNT,
  deployed,
  DIGEST,
  HOST,
  REFERENCES,
  REGION,
  RULE_NAMES,
  ruleFor,
  SHA512,
  suffix,
} from '../support/references';
import { runs } from '../support/runs';

const DUAL_HOST = `${ACCOUNT}.dkr-ecr.${REGION}.on.aws`;

const INDEX = join(__dirname, '..', '..', 'src', 'index.ts');

describe('the table of references', () => {
  test.each(REFERENCES)('%s: %s', (ruleName, written, _host, _repository, tag, digest, cached) => {
    const rule = ruleFor(ruleName);
    const image = rule.image(written);
    expect(deployed(rule, image.uri)).toBe(`${HOST}/${cached}${suffix(tag, digest)}`);
    expect(image.repositoryName).toBe(cached);
    expect([image.tag, image.digest]).toEqual([tag || undefined, digest || undefined]);
    expect(deployed(rule, image.repository.repositoryArn)).toBe(
      `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${cached}`,
    );
    expect(image.repository.repositoryName).toBe(cached);
    expect(image.toString()).toBe(image.uri);
  });

  test.each(REFERENCES)('%s: the URI of the URI of %s is itself', (ruleName, written) => {
    const rule = ruleFor(ruleName);
    const { uri, repositoryName } = rule.image(written);
    expectSame(rule, rule.image(uri), uri, repositoryName);
    expectSame(rule, rule.image(deployed(rule, uri)), uri, repositoryName);
  });

  test.each(REFERENCES)('%s: %s is named the same by its parts', (ruleName, written) => {
    const rule = ruleFor(ruleName);
    const parts = ImageReference.parse(written, rule.upstreamRegistryUrl);
    expect(rule.imageFromReference(ImageReference.fromParts(parts)).uri).toBe(rule.image(written).uri);
  });
});

/** The URI may differ in that one of the two names the account where the other has a token for it. */
function expectSame(rule: IPullThroughCacheRule, image: CachedImage, uri: string, repositoryName: string) {
  expect(deployed(rule, image.uri)).toBe(deployed(rule, uri));
  expect(image.repositoryName).toBe(repositoryName);
}

describe('idempotence', () => {
  const path = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?(\/[a-z0-9]{1,8}(__[a-z0-9]{1,8})?){0,3}$/);
  const end = fc
    .tuple(fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/), { nil: '' }), fc.constantFrom('', DIGEST, SHA512))
    .map(([tag, digest]) => suffix(tag, digest));

  test.each(RULE_NAMES)('the URI of a URI is itself, for any image of %s', (ruleName) => {
    const rules = [ruleFor(ruleName), ruleFor(ruleName, {})];
    fc.assert(
      fc.property(path, end, fc.boolean(), fc.constantFrom(...rules), (name, ending, dualStack, rule) => {
        const prefix = rule.upstreamRepositoryPrefix === 'ROOT' ? '' : `${rule.upstreamRepositoryPrefix}/`;
        const first = rule.image(`${rule.upstreamRegistryUrl}/${prefix}${name}${ending}`, { dualStack });
        const again = rule.image(first.uri);
        expect(again.uri).toBe(first.uri);
        expect([again.repositoryName, again.tag, again.digest]).toEqual([
          first.repositoryName,
          first.tag,
          first.digest,
        ]);
        const literal = rule.image(deployed(rule, first.uri));
        expect(literal.uri).toBe(first.uri);
        expect(literal.repositoryName).toBe(first.repositoryName);
      }),
      runs(500),
    );
  });

  test('a URI keeps its host, unless another is asked for', () => {
    const rule = ruleFor('quay');
    const dual = rule.image('org/app:1', { dualStack: true }).uri;
    const plain = rule.image('org/app:1').uri;
    expect([rule.image(dual).uri, rule.image(dual, {}).uri, rule.image(plain).uri]).toEqual([dual, dual, plain]);
    expect(rule.image(dual, { dualStack: false }).uri).toBe(plain);
    expect(rule.image(plain, { dualStack: true }).uri).toBe(dual);
  });

  test('a URI of a FIPS endpoint becomes one of the endpoint that serves first pulls', () => {
    const rule = ruleFor('quay');
    expect(deployed(rule, rule.image(`${ACCOUNT}.dkr.ecr-fips.${REGION}.amazonaws.com/quay/org/app:1`).uri)).toBe(
      `${HOST}/quay/org/app:1`,
    );
  });

  test('of the longest name that ECR takes', () => {
    const rule = ruleFor('docker-hub');
    const image = rule.image(`org/${'x'.repeat(256 - 'docker-hub/org/'.length)}:1`);
    expect(image.repositoryName).toHaveLength(256);
    expect(rule.image(image.uri).uri).toBe(image.uri);
  });

  test('a URI that lacks the library/ of an official image gets it', () => {
    const rule = ruleFor('docker-hub');
    expect(rule.image(`${HOST}/docker-hub/nginx:1.27`).repositoryName).toBe('docker-hub/library/nginx');
    // Behind the upstream prefix "library" it must not.
    expect(ruleFor('official').image(`${HOST}/official/nginx:1.27`).repositoryName).toBe('official/nginx');
  });

  test('the URI of a rule whose upstream is not known', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
    const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'some');
    const image = rule.image(`${HOST}/some/org/app:1`);
    expect([deployed(rule, image.uri), image.repositoryName, image.tag]).toEqual([
      `${HOST}/some/org/app:1`,
      'some/org/app',
      '1',
    ]);
  });
});

describe('environments', () => {
  const unknown = {
    'Fn::Join': [
      '',
      [
        { Ref: 'AWS::AccountId' },
        '.dkr.ecr.',
        { Ref: 'AWS::Region' },
        '.',
        { Ref: 'AWS::URLSuffix' },
        '/quay/org/app:1',
      ],
    ],
  };

  test('a stack that names none', () => {
    const rule = ruleFor('quay', {});
    expect(Stack.of(rule).resolve(rule.image('org/app:1').uri)).toEqual(unknown);
    expect(Stack.of(rule).resolve(rule.image('org/app:1').repository.repositoryArn)).toEqual({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':ecr:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':repository/quay/org/app',
        ],
      ],
    });
  });

  test.each([
    ['aws', 'eu-west-1', 'amazonaws.com'],
    ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
    ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu'],
    ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov'],
    ['aws-iso-b', 'us-isob-east-1', 'sc2s.sgov.gov'],
    ['aws-iso-f', 'us-isof-south-1', 'csp.hci.ic.gov'],
  ])('the host is text in the partition %s', (_partition, region, urlSuffix) => {
    const rule = ruleFor('quay', { account: ACCOUNT, region });
    expect(rule.image('org/app:1').uri).toBe(`${ACCOUNT}.dkr.ecr.${region}.${urlSuffix}/quay/org/app:1`);
    expect(Stack.of(rule).resolve(rule.image('org/app:1').repository.repositoryArn)).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecr:${region}:${ACCOUNT}:repository/quay/org/app`]],
    });
  });

  test('the suffix of a region that CDK does not know is left to CloudFormation', () => {
    const rule = ruleFor('quay', { account: ACCOUNT, region: 'xx-north-1' });
    expect(Stack.of(rule).resolve(rule.image('org/app:1').uri)).toEqual({
      'Fn::Join': ['', [`${ACCOUNT}.dkr.ecr.xx-north-1.`, { Ref: 'AWS::URLSuffix' }, '/quay/org/app:1']],
    });
  });

  test.each([
    // attributes, host, account and region of the ARN
    [{ account: '444455556666' }, `444455556666.dkr.ecr.${REGION}`, `${REGION}:444455556666`],
    [{ region: 'us-east-1' }, `${ACCOUNT}.dkr.ecr.us-east-1`, `us-east-1:${ACCOUNT}`],
    [{ account: '444455556666', region: 'us-east-1' }, '444455556666.dkr.ecr.us-east-1', 'us-east-1:444455556666'],
    [{}, `${ACCOUNT}.dkr.ecr.${REGION}`, `${REGION}:${ACCOUNT}`],
  ])('an existing rule of %j', (place, host, ofArn) => {
    const rule = existing({ ...place, ecrRepositoryPrefix: 'hub', upstreamRegistryUrl: 'docker.io' });
    const image = rule.image('nginx:1.27');
    expect(deployed(rule, image.uri)).toBe(`${host}.amazonaws.com/hub/library/nginx:1.27`);
    expect(deployed(rule, image.repository.repositoryArn)).toBe(`arn:aws:ecr:${ofArn}:repository/hub/library/nginx`);
    expect(rule.image(image.uri).uri).toBe(image.uri);
    expect(rule.image(deployed(rule, image.uri)).uri).toBe(image.uri);
    expect(image.repository.env).toEqual({ account: ofArn.split(':')[1], region: ofArn.split(':')[0] });
  });

  test('an existing rule takes every name of its upstream, and tells the one that ECR knows', () => {
    for (const upstreamRegistryUrl of ['docker.io', 'Docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      const rule = existing({ ecrRepositoryPrefix: 'hub', upstreamRegistryUrl });
      expect(rule.upstreamRegistryUrl).toBe('registry-1.docker.io');
      expect(rule.image('nginx:1').repositoryName).toBe('hub/library/nginx');
    }
  });

  test('a URI of another account or region is no URI of this cache', () => {
    const rule = ruleFor('quay');
    for (const host of [`444455556666.dkr.ecr.${REGION}.amazonaws.com`, `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`]) {
      expect(() => rule.image(`${host}/quay/org/app:1`)).toThrow(
        `this image is of another registry than the rule caches; got "${host}/quay/org/app:1"; allowed: ` +
          `images of quay.io`,
      );
    }
  });

  test('a URI below another prefix is no URI of this rule', () => {
    expect(() => ruleFor('quay').image(`${HOST}/quays/org/app:1`)).toThrow(
      'this image is of another registry than the rule caches',
    );
  });

  test('a host of the upstream is the upstream, though account and region of the rule be unknown', () => {
    const rule = ruleFor('ecr', {});
    for (const host of [
      '444455556666.dkr.ecr.us-east-1.amazonaws.com',
      '444455556666.dkr-ecr.us-east-1.on.aws',
      '444455556666.dkr.ecr-fips.us-east-1.amazonaws.com',
    ]) {
      expect(rule.image(`${host}/ecr/app:1`).repositoryName).toBe('ecr/ecr/app');
    }
    // Any other account may be that of the rule.
    expect(rule.image('111122223333.dkr.ecr.us-east-1.amazonaws.com/ecr/app:1').repositoryName).toBe('ecr/app');
  });
});

describe('dual stack', () => {
  test('names the image by the host that answers over IPv6', () => {
    const rule = ruleFor('quay');
    const image = rule.image('org/app:1', { dualStack: true });
    expect(image.uri).toBe(`${DUAL_HOST}/quay/org/app:1`);
    expect(image.repository.repositoryUriForTag('1')).toBe(image.uri);
    expect(image.repository.repositoryUri).toBe(`${DUAL_HOST}/quay/org/app`);
    expect(image.repository.registryUri).toBe(DUAL_HOST);
    expect(image.repository.repositoryArn).toBe(rule.image('org/app:1').repository.repositoryArn);
  });

  test('without an account and region', () => {
    const rule = ruleFor('quay', {});
    expect(Stack.of(rule).resolve(rule.image('org/app:1', { dualStack: true }).uri)).toEqual({
      'Fn::Join': ['', [{ Ref: 'AWS::AccountId' }, '.dkr-ecr.', { Ref: 'AWS::Region' }, '.on.aws/quay/org/app:1']],
    });
  });
});

describe('tokens', () => {
  test('a tag', () => {
    const rule = ruleFor('quay');
    const version = new CfnParameter(Stack.of(rule), 'Version').valueAsString;
    const image = rule.image(`org/app:${version}`);
    expect(Stack.of(rule).resolve(image.uri)).toEqual({
      'Fn::Join': ['', [`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/quay/org/app:`, { Ref: 'Version' }]],
    });
    expect(image.tag).toBe(version);
    expect(rule.image(image.uri).uri).toBe(image.uri);
  });

  test('the URI of a rule whose stack names no environment', () => {
    const rule = ruleFor('quay', {});
    const uri = `${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}/quay/org/app:1`;
    expect(rule.image(uri).repositoryName).toBe('quay/org/app');
  });

  test('a repository, in parts', () => {
    const rule = ruleFor('team of ghcr');
    const repository = Token.asString({ Ref: 'Name' });
    const image = rule.imageFromReference(ImageReference.fromParts({ host: 'ghcr.io', repository, tag: '1' }));
    expect(image.repositoryName).toBe(`team/a/${repository}`);
    expect(image.uri.endsWith(`/team/a/${repository}:1`)).toBe(true);
  });

  test('different repositories that are tokens stay apart, and one is one', () => {
    const rule = ruleFor('quay');
    const [one, other] = ['One', 'Other'].map((Ref) =>
      rule.imageFromReference(
        ImageReference.fromParts({ host: 'quay.io', repository: Token.asString({ Ref }), tag: '1' }),
      ),
    );
    expect(one.repository.repositoryArn).not.toBe(other.repository.repositoryArn);
    expect(one.repository).toBe(one.repository);
  });

  test('a whole reference is refused with the way out', () => {
    expect(() => ruleFor('quay').image(Lazy.string({ produce: () => 'nginx' }))).toThrow(
      /is a CDK token, .*; to fix: name its parts: imageFromReference\(ImageReference\.fromParts/,
    );
  });
});

describe('fails for', () => {
  test.each([
    // rule, reference, what, remedy
    [
      'docker-hub',
      'ghcr.io/org/app:1',
      'of another registry than the rule caches; got "ghcr.io/org/app:1"; allowed: images of registry-1.docker.io',
      'to fix: use a rule for ghcr.io',
    ],
    [
      'github',
      'docker.io/nginx:1',
      'of another registry than the rule caches; got "docker.io/library/nginx:1"; allowed: images of ghcr.io',
      'to fix: use a rule for docker.io',
    ],
    [
      'azure',
      'other.azurecr.io/app:1',
      'of another registry than the rule caches',
      'to fix: use a rule for other.azurecr.io',
    ],
    [
      'ecr',
      '444455556666.dkr.ecr.us-west-2.amazonaws.com/app:1',
      'of another registry',
      'to fix: use a rule for 444455556666.dkr.ecr.us-west-2.amazonaws.com',
    ],
    ['quay', 'localhost/app:1', 'of another registry', 'to fix: use a rule for localhost'],
    ['hub at ROOT', 'quay.io/org/app:1', 'of another registry', 'to fix: use a rule for quay.io'],
    [
      'team of ghcr',
      'ghcr.io/other/app:1',
      'outside the upstream prefix that the rule caches; got "ghcr.io/other/app:1"; allowed: repositories below ' +
        'ghcr.io/acme/',
      'to fix: use a rule without upstreamRepositoryPrefix',
    ],
    [
      'team of ghcr',
      'ghcr.io/acme',
      'outside the upstream prefix',
      'to fix: use a rule without upstreamRepositoryPrefix',
    ],
    [
      'official',
      'grafana/grafana:1',
      'outside the upstream prefix',
      'to fix: use a rule without upstreamRepositoryPrefix',
    ],
    [
      'docker-hub',
      `org/${'x'.repeat(242)}`,
      'would have a name of 257 characters',
      'to fix: give the rule a shorter ecrRepositoryPrefix',
    ],
    [
      'quay',
      'Org/App:1',
      'the repository of the image reference is not valid; got "Org/App"',
      'to fix: write it in lower case: "org/app"',
    ],
    ['quay', '', 'not an image reference', 'to fix: give an image'],
    ['quay', undefined as unknown as string, 'not an image reference', 'to fix: give an image'],
  ] as const)('%s: %s', (ruleName, reference, what, remedy) => {
    const rule = ruleFor(ruleName);
    expect(() => rule.image(reference)).toThrow(what);
    expect(() => rule.image(reference)).toThrow(remedy);
  });

  test('an image of a rule whose upstream is not known', () => {
    const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(new Stack(), 'Rule', 'some');
    expect(() => rule.image('nginx:1')).toThrow(
      /the upstream of this rule is not known, .*; to fix: refer to the rule with PullThroughCacheRule\.fromPullThroughCacheRuleAttributes/,
    );
  });

  test('a URI that no upstream image can have', () => {
    expect(() => ruleFor('quay').image(`${HOST}/quay/Org/app:1`)).toThrow(
      'the repository of the image reference is not valid; got "Org/app"',
    );
    expect(() => ruleFor('quay').image(`${HOST}/quay/app:.1`)).toThrow('the tag of the image reference is not valid');
  });
});

describe('the container image', () => {
  test.each([
    ['org/app:1.27', ':1.27'],
    ['org/app', ''],
    [`org/app@${DIGEST}`, `@${DIGEST}`],
    [`org/app@${SHA512}`, `@${SHA512}`],
    [`org/app:1.27@${DIGEST}`, `:1.27@${DIGEST}`],
  ])('%s is pulled by its URI', (written, end) => {
    expect(containerImageOf(written)).toBe(`${HOST}/quay/org/app${end}`);
    expect(containerImageOf(written, { dualStack: true })).toBe(`${DUAL_HOST}/quay/org/app${end}`);
  });

  test('with a tag or a digest that is a token', () => {
    const token = Token.asString({ Ref: 'AWS::Region' });
    expect(containerImageOf(`org/app:${token}`)).toBe(`${HOST}/quay/org/app:${REGION}`);
    expect(containerImageOf(`org/app@${token}`)).toBe(`${HOST}/quay/org/app@${REGION}`);
    expect(containerImageOf(`org/app:v${token}@${token}`)).toBe(`${HOST}/quay/org/app:v${REGION}@${REGION}`);
  });

  function containerImageOf(written: string, options = {}): string {
    const rule = ruleFor('quay');
    const task = new ecs.FargateTaskDefinition(Stack.of(rule), 'Task');
    task.addContainer('app', { image: rule.image(written, options).toContainerImage() });
    const container = Object.values<any>(
      Template.fromStack(Stack.of(rule)).findResources('AWS::ECS::TaskDefinition'),
    )[0].Properties.ContainerDefinitions[0];
    const pseudo: Record<string, string> = { 'AWS::URLSuffix': 'amazonaws.com', 'AWS::Region': REGION };
    return renderText(container.Image, ({ argument }) => pseudo[argument]);
  }
});

describe('the repository', () => {
  test('is one construct for all tags of an image, and another for the dual-stack host', () => {
    const rule = ruleFor('quay');
    expect(rule.image('org/app:1').repository).toBe(rule.image('quay.io/org/app:2').repository);
    expect(rule.image('org/app:1', { dualStack: true }).repository).not.toBe(rule.image('org/app:1').repository);
    expect(rule.image('org/app:1').repository).not.toBe(rule.image('org/app2:1').repository);
  });

  test('names that differ by a slash only are two', () => {
    const rule = ruleFor('quay');
    expect(rule.image('a/b/c:1').repository.repositoryName).toBe('quay/a/b/c');
    expect(rule.image('a/b-c:1').repository.repositoryName).toBe('quay/a/b-c');
    expect(rule.image('a/b_c:1').repository.repositoryName).toBe('quay/a/b_c');
  });

  test('says where it is as the images do', () => {
    const rule = ruleFor('quay');
    const { repository } = rule.image('org/app:1');
    expect(deployed(rule, repository.registryUri)).toBe(HOST);
    expect(deployed(rule, repository.repositoryUri)).toBe(`${HOST}/quay/org/app`);
    expect(deployed(rule, repository.repositoryUriForTag('2'))).toBe(`${HOST}/quay/org/app:2`);
    expect(deployed(rule, repository.repositoryUriForDigest(DIGEST))).toBe(`${HOST}/quay/org/app@${DIGEST}`);
    expect(deployed(rule, repository.repositoryUriForTagOrDigest('2'))).toBe(`${HOST}/quay/org/app:2`);
    expect(deployed(rule, repository.repositoryUriForTagOrDigest(DIGEST))).toBe(`${HOST}/quay/org/app@${DIGEST}`);
    expect(deployed(rule, repository.repositoryUriForTagOrDigest())).toBe(`${HOST}/quay/org/app`);
  });

  test('makes no resource, and has no policy of its own', () => {
    const rule = ruleFor('quay');
    const { repository } = rule.image('org/app:1');
    expect(repository.addToResourcePolicy(undefined as any)).toEqual({ statementAdded: false });
    Template.fromStack(Stack.of(rule)).resourceCountIs('AWS::ECR::Repository', 0);
  });

  test('below a rule of a nested stack', () => {
    const parent = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
    const rule = new PullThroughCacheRule(new NestedStack(parent, 'Nested'), 'Rule', {
      upstream: UpstreamRegistry.quay(),
    });
    expect(deployed(rule, rule.image('org/app:1').uri)).toBe(`${HOST}/quay/org/app:1`);
  });
});

describe('warnings', () => {
  const NO_TAG = 'cdk-ecr-pull-through-cache:PullThroughCacheRule.noTag';
  const BY_DIGEST = 'cdk-ecr-pull-through-cache:PullThroughCacheRule.digest';

  test.each([
    ['org/app:1', []],
    [
      'org/app',
      [`the image quay.io/org/app has no tag, which means "latest"; name the tag that you want [ack: ${NO_TAG}]`],
    ],
    [
      `org/app@${DIGEST}`,
      [
        `the image quay.io/org/app@${DIGEST} is named by its digest; the first pull of a digest that is not ` +
          `cached yet may fail: pull it once by its tag, or prefetch it by tag and digest [ack: ${BY_DIGEST}]`,
      ],
    ],
    [
      `org/app:1@${DIGEST}`,
      [
        `the image quay.io/org/app:1@${DIGEST} is named by its digest; the first pull of a digest that is ` +
          `not cached yet may fail: pull it once by its tag, or prefetch it by tag and digest [ack: ${BY_DIGEST}]`,
      ],
    ],
  ])('%s', (written, expected) => {
    const rule = ruleFor('quay');
    rule.image(written);
    expect(warningsOf(rule)).toEqual(expected);
  });

  test('are said once, however often and in whichever form the image is named', () => {
    const rule = ruleFor('quay');
    const { uri } = rule.image('org/app');
    rule.image('org/app');
    rule.image('quay.io/org/app');
    rule.image('org/app', { dualStack: true });
    rule.image(uri);
    rule.imageFromReference(ImageReference.parse('quay.io/org/app'));
    expect(warningsOf(rule)).toHaveLength(1);
  });

  test('are said of each image', () => {
    const rule = ruleFor('quay');
    rule.image('org/app');
    rule.image('org/other');
    rule.image(`org/app@${DIGEST}`);
    expect(warningsOf(rule)).toHaveLength(3);
  });

  test.each([NO_TAG, BY_DIGEST])('%s can be acknowledged', (id) => {
    const rule = ruleFor('quay');
    rule.image('org/app');
    rule.image(`org/app@${DIGEST}`);
    expect(warningsOf(rule)).toHaveLength(2);
    CoreAnnotations.of(Stack.of(rule)).acknowledgeWarning(id, 'known');
    expect(warningsOf(rule).filter((text) => text.includes(id))).toEqual([]);
    expect(warningsOf(rule)).toHaveLength(1);
  });

  test('a tag that is a token is a tag', () => {
    const rule = ruleFor('quay');
    rule.image(`org/app:${Lazy.string({ produce: () => '1' })}`);
    expect(warningsOf(rule)).toEqual([]);
  });

  function warningsOf(rule: IPullThroughCacheRule): string[] {
    return Annotations.fromStack(Stack.of(rule))
      .findWarning('*', Match.anyValue())
      .map((entry) => String(entry.entry.data));
  }
});

describe('what is loaded', () => {
  const SERVICES = ['aws-ecs', 'aws-events', 'aws-batch', 'aws-codebuild', 'aws-lambda', 'aws-ec2'];

  /** The modules of services that a process of its own has loaded at each step. */
  const steps: Record<string, string[]> = JSON.parse(
    execFileSync(
      process.execPath,
      [
        require.resolve('tsx/cli'),
        '-e',
        `
    const { App, Stack } = require('aws-cdk-lib');
    const loaded = () => ${JSON.stringify(SERVICES)}.filter((name) => Object.keys(require.cache).some((file) =>
      file.includes('aws-cdk-lib/' + name + '/') && !file.endsWith(name + '/index.js')));
    const steps = {};
    const { Role, ServicePrincipal } = require('aws-cdk-lib/aws-iam');
    const { PullThroughCacheRule, UpstreamRegistry } = require(${JSON.stringify(INDEX)});
    steps.imported = loaded();
    const stack = new Stack(new App(), 'Stack');
    const rule = new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    const image = rule.image('org/app:1');
    steps.named = loaded();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    rule.grants.pull(role);
    image.repository.grantPull(role);
    steps.granted = loaded();
    stack.node.root.synth();
    steps.synthesized = loaded();
    rule.onCacheFailure('Failure');
    steps.watched = loaded();
    image.toContainerImage();
    steps.contained = loaded();
    console.log(JSON.stringify(steps));
  `,
      ],
      { cwd: join(__dirname, '..', '..'), encoding: 'utf8' },
    ),
  );

  test.each(['imported', 'named', 'granted', 'synthesized'])('%s: neither aws-ecs nor aws-events', (step) => {
    expect(steps[step]).not.toContain('aws-ecs');
    expect(steps[step]).not.toContain('aws-events');
  });

  test('aws-events when a rule is watched', () => {
    expect(steps.watched).toContain('aws-events');
    expect(steps.watched).not.toContain('aws-ecs');
  });

  test('aws-ecs when a container image is asked for', () => {
    expect(steps.contained).toContain('aws-ecs');
  });
});

function existing(attributes: Parameters<typeof PullThroughCacheRule.fromPullThroughCacheRuleAttributes>[2]) {
  return PullThroughCacheRule.fromPullThroughCacheRuleAttributes(
    new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } }),
    'Rule',
    attributes,
  );
}
