import { App, aws_ec2 as ec2, aws_ecs as ecs, aws_lambda as lambda, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { PullThroughCacheRule, UpstreamRegistry } from '../../src';
import { imagesNamedIn } from '../../src/redirect/locate/mentions';
import { ENV, lines, newCache, newStack } from '../support/redirect';
import { runs } from '../support/runs';

test.each([
  ['docker run --rm quay.io/a/b:1 sh', ['quay.io/a/b:1']],
  ['IMAGE=public.ecr.aws/a/b', ['public.ecr.aws/a/b']],
  ['{"image":"ghcr.io/a/b:v1"}', ['ghcr.io/a/b:v1']],
  ['{\\"image\\":\\"ghcr.io/a/b:v1\\"}', ['ghcr.io/a/b:v1']],
  ['a\\nquay.io/a/b:1\\n', ['quay.io/a/b:1']],
  ['docker:quay.io/a/b:1', ['quay.io/a/b:1']],
  ['docker://registry.k8s.io/pause:3.9', ['registry.k8s.io/pause:3.9']],
  ['pull docker.io/library/nginx, and quay.io/a/b.', ['docker.io/library/nginx', 'quay.io/a/b']],
  [`quay.io/a/b:1@sha256:${'0'.repeat(64)}`, [`quay.io/a/b:1@sha256:${'0'.repeat(64)}`]],
  ['team.azurecr.io/app:1', ['team.azurecr.io/app:1']],
  ['${IMAGE:-quay.io/a/b:1}', ['quay.io/a/b:1']],
  ['image:quay.io/a/b', ['quay.io/a/b']],
  ['quay.io/${Version}/b:1', ['quay.io/${Version}/b:1']],
  ['docker run public.ecr.aws/$REPOSITORY/b', ['public.ecr.aws/$REPOSITORY/b']],
  ['quay.io/a/b:${AWS::Region}', ['quay.io/a/b:${AWS::Region}']],
  ['\\u0022quay.io/a/b\\u0022', ['quay.io/a/b']],
  ['"quay.io\\/a\\/b:1"', ['quay.io/a/b:1']],
  ['Quay.io/a/b', ['Quay.io/a/b']],
])('%j names an image', (text, images) => {
  expect(imagesNamedIn(text)).toEqual(images);
});

test.each([
  'https://quay.io/repository/a/b',
  'https://github.com/a/b.git',
  'oci://public.ecr.aws/karpenter/karpenter',
  'arn:aws:ecr:eu-west-1:111122223333:repository/quay.io/a',
  '111122223333.dkr.ecr.eu-west-1.amazonaws.com/quay/a/b:1',
  'https://registry.gitlab.com/v2/',
  'gitlab.com/group/project',
  'hub.docker.com/r/library/nginx',
  'gallery.ecr.aws/nginx/nginx',
  'user:password@ghcr.io/a/b',
  'mail@quay.io',
  'my.quay.io/a/b',
  'myquay.io/a/b',
  '/etc/quay.io/a/b',
  'quay.io',
  'quay.io/',
  'nginx:1.27',
  'mcr.microsoft.com/a/b',
  'app.kubernetes.io/name',
  'index.docker.io/v1/',
  'ghcr.io/v2/a/b/manifests/1',
])('%j names none', (text) => {
  expect(imagesNamedIn(text)).toEqual([]);
});

test('what stands around a name does not hide it, and no text takes long', () => {
  const around = fc.stringMatching(/^[\n\t "'=,;(){}[\]<>|]?$/);
  fc.assert(
    fc.property(fc.string(), around, around, (noise, before, after) => {
      const text = `${noise} ${before}quay.io/a/b:1${after} ${noise}`;
      expect(imagesNamedIn(text)).toContain('quay.io/a/b:1');
    }),
    runs(300),
  );
  expect(imagesNamedIn(`${'a.'.repeat(50_000)}/`)).toEqual([]);
  expect(imagesNamedIn(`${'\\'.repeat(100_000)}/`)).toEqual([]);
});

const told = (stack: Stack) =>
  Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('does not go through the cache'))
    .map(({ entry }) => String(entry.data));

test('a text of any resource is told, in the report and by one warning', () => {
  const stack = newStack();
  new ec2.CfnLaunchTemplate(stack, 'Nodes', {
    launchTemplateData: { userData: ec2.UserData.custom('docker run quay.io/a/b:1').render() },
  });
  const redirection = newCache(stack).redirect(stack);
  const [warning] = told(stack);
  expect(warning).toContain('quay.io/a/b:1 (the instances pull it');
  expect(lines(redirection)).toEqual([expect.stringMatching(/^LaunchTemplateData\.UserData.*: quay\.io\/a\/b:1 -> /)]);
});

test('a registry for which the cache has no rule is nothing to tell of', () => {
  const stack = newStack();
  new CfnResource(stack, 'Thing', { type: 'Some::Other::Thing', properties: { Script: 'cgr.dev/chainguard/node:1' } });
  const redirection = newCache(stack).redirect(stack);
  expect(redirection.report).toEqual([]);
  expect(told(stack)).toEqual([]);
});

test('the variables of a container are told, and its image goes through the cache', () => {
  const stack = newStack();
  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  task.addContainer('web', {
    image: ecs.ContainerImage.fromRegistry('quay.io/a/web:1'),
    environment: { SIDECAR: 'quay.io/a/sidecar:1', SELF: 'quay.io/a/web:1', HOME: 'https://quay.io/a/web' },
  });
  const redirection = newCache(stack).redirect(stack);
  Annotations.fromStack(stack);
  expect(lines(redirection)).toEqual([
    'ContainerDefinitions.0.Image: quay.io/a/web:1 -> CACHE/quay/a/web:1',
    expect.stringMatching(/Environment\.0\.Value: quay\.io\/a\/sidecar:1 -> \(it is named where no service looks/),
    expect.stringMatching(/Environment\.1\.Value: quay\.io\/a\/web:1 -> \(it is named where no service looks/),
  ]);
});

test('what is written for people names nothing to pull', () => {
  const stack = newStack();
  const properties = {
    Description: 'runs quay.io/a/b:1',
    Rules: [{ GroupDescription: 'for quay.io/a/b:1' }],
    Tags: [{ Key: 'image', Value: 'quay.io/a/b:1' }],
  };
  new CfnResource(stack, 'Thing', { type: 'Some::Other::Thing', properties });
  const redirection = newCache(stack).redirect(stack);
  Annotations.fromStack(stack);
  expect(redirection.report).toEqual([]);
});

test('what this library writes is not told', () => {
  const stack = newStack();
  const cache = newCache(stack);
  cache.prefetch('quay.io/a/b:1');
  cache.verifyCredentials();
  cache.admissionPolicy({ nodeRoles: [] }).manifests;
  new PullThroughCacheRule(stack, 'Part', {
    upstream: UpstreamRegistry.quay(),
    ecrRepositoryPrefix: 'part',
    upstreamRepositoryPrefix: 'part',
  });
  const redirection = cache.redirect(stack);
  Annotations.fromStack(stack);
  expect(redirection.report).toEqual([]);
});

test('code in a template is a text like others', () => {
  const stack = newStack();
  new lambda.CfnFunction(stack, 'Function', {
    role: 'arn:aws:iam::111122223333:role/role',
    code: { zipFile: 'const image = "ghcr.io/a/b:1";' },
  });
  const redirection = newCache(stack).redirect(stack);
  Annotations.fromStack(stack);
  expect(redirection.report.map(({ image }) => image)).toEqual(['ghcr.io/a/b:1']);
});

test('texts of a stage that was synthesized before are told as well', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENV });
  const stage = new Stage(app, 'Stage', { env: ENV });
  const inStage = new Stack(stage, 'Inner');
  new CfnResource(inStage, 'Thing', { type: 'Some::Other::Thing', properties: { Script: 'quay.io/a/b:1' } });
  stage.synth();
  const redirection = newCache(stack).redirect(app);
  expect(told(stack)[0]).toContain('quay.io/a/b:1 (this resource type is not redirected)');
  expect(redirection.report).toHaveLength(1);
});
