import { aws_codebuild as codebuild, aws_iam as iam } from 'aws-cdk-lib';
import { lines, newCache, newStack, REGISTRY, resources } from '../../support/redirect';

const project = (image: codebuild.IBuildImage, batch: unknown, isYaml = false) => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
  const spec = { version: '0.2', env: { variables: { ROLE: role.roleArn } }, batch };
  new codebuild.Project(stack, 'Project', {
    role,
    environment: { buildImage: image },
    buildSpec: isYaml
      ? codebuild.BuildSpec.fromObjectToYaml({ version: '0.2', batch })
      : codebuild.BuildSpec.fromObject(spec),
  });
  const redirection = newCache(stack).redirect(stack);
  const { Source, Environment } = resources(stack, 'AWS::CodeBuild::Project').Project;
  return { spec: Source.BuildSpec as string, environment: Environment, report: lines(redirection) };
};

const BATCH = {
  'build-list': [
    { identifier: 'one', env: { image: 'quay.io/team/one:1' } },
    { identifier: 'two', env: { image: 'aws/codebuild/standard:7.0' } },
    { identifier: 'three' },
  ],
};

test('the builds of a batch pull through the cache where the project pulls with its role', () => {
  const { spec, report } = project(codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/team/base:1'), BATCH);
  const { batch, env } = JSON.parse(spec);
  expect(env.variables.ROLE).toMatch(/^Role/);
  expect(batch['build-list'].map((build: any) => build.env?.image)).toEqual([
    `${REGISTRY}/quay/team/one:1`,
    'aws/codebuild/standard:7.0',
    undefined,
  ]);
  expect(report).toEqual([
    'Environment.Image: quay.io/team/base:1 -> CACHE/quay/team/base:1',
    'Source.BuildSpec.batch.build-list.0.env.image: quay.io/team/one:1 -> CACHE/quay/team/one:1',
  ]);
});

test('a project with an image of CodeBuild pulls with its credentials, so that they stay', () => {
  const { spec, environment, report } = project(codebuild.LinuxBuildImage.STANDARD_7_0, BATCH);
  expect(environment.ImagePullCredentialsType).toBe('CODEBUILD');
  expect(JSON.parse(spec).batch['build-list'][0].env.image).toBe('quay.io/team/one:1');
  expect(report).toEqual([
    expect.stringMatching(/one:1 -> \(an image of CodeBuild is pulled with the credentials of CodeBuild/),
  ]);
});

test('a build specification in YAML is text', () => {
  const { spec, report } = project(codebuild.LinuxBuildImage.STANDARD_7_0, BATCH, true);
  expect(spec).toContain('quay.io/team/one:1');
  expect(report).toEqual([expect.stringMatching(/quay.io\/team\/one:1 -> \(commands, and build specifications/)]);
});
