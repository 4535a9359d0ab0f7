import { aws_codebuild as codebuild, aws_iam as iam, aws_secretsmanager as secretsmanager, Stack } from 'aws-cdk-lib';
import { lines, newCache, newStack, REGISTRY, resources } from '../../support/redirect';

function project(environment: (stack: Stack) => codebuild.BuildEnvironment) {
  const stack = newStack();
  new codebuild.Project(stack, 'Project', {
    environment: environment(stack),
    buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
  });
  const redirection = newCache(stack).redirect(stack);
  return {
    environment: resources(stack, 'AWS::CodeBuild::Project').Project.Environment,
    report: lines(redirection),
    policies: resources(stack, 'AWS::IAM::Policy'),
  };
}

test('a build pulls its image with the service role', () => {
  const { environment, report, policies } = project(() => ({
    buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/a/b:1'),
  }));
  expect(environment).toMatchObject({
    Image: `${REGISTRY}/quay/a/b:1`,
    ImagePullCredentialsType: 'SERVICE_ROLE',
    Type: 'LINUX_CONTAINER',
  });
  expect(report).toEqual(['Environment.Image: quay.io/a/b:1 -> CACHE/quay/a/b:1']);
  expect(JSON.stringify(policies.ProjectRoleDefaultPolicy)).toContain(
    'arn:aws:ecr:eu-west-1:111122223333:repository/quay/a/b',
  );
});

test.each<[string, (stack: Stack) => codebuild.BuildEnvironment, any, string | undefined]>([
  [
    'an image of CodeBuild',
    () => ({ buildImage: codebuild.LinuxBuildImage.STANDARD_7_0 }),
    { Image: 'aws/codebuild/standard:7.0', ImagePullCredentialsType: 'CODEBUILD' },
    undefined,
  ],
  [
    'a Lambda image of CodeBuild',
    () => ({ buildImage: codebuild.LinuxLambdaBuildImage.AMAZON_LINUX_2_NODE_18 }),
    { Image: 'aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs18' },
    undefined,
  ],
  [
    'an image with credentials of its own',
    (stack) => ({
      buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/a/b:1', {
        secretsManagerCredentials: secretsmanager.Secret.fromSecretNameV2(stack, 'S', 'mine'),
      }),
    }),
    { Image: 'quay.io/a/b:1' },
    'it is pulled with credentials of its own',
  ],
])('%s is left alone', (_, environment, expected, reason) => {
  const result = project(environment);
  expect(result.environment).toMatchObject(expected);
  // Images of CodeBuild's own are nobody's matter, and make no line.
  expect(result.report).toEqual(reason ? [`Environment.Image: ${expected.Image} -> (${reason})`] : []);
  expect(JSON.stringify(result.policies)).not.toContain('ecr:CreateRepository');
});

test('a raw project pulls with its service role, which is not there when nothing is redirected', () => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
  new codebuild.CfnProject(stack, 'Project', {
    serviceRole: role.roleArn,
    artifacts: { type: 'NO_ARTIFACTS' },
    source: { type: 'NO_SOURCE', buildSpec: '{}' },
    environment: {
      computeType: 'BUILD_GENERAL1_SMALL',
      type: 'LINUX_CONTAINER',
      image: 'ghcr.io/a/b:1',
      imagePullCredentialsType: 'CODEBUILD',
    },
  });
  newCache(stack).redirect(stack);
  expect(resources(stack, 'AWS::CodeBuild::Project').Project.Environment).toMatchObject({
    Image: `${REGISTRY}/github/a/b:1`,
    ImagePullCredentialsType: 'SERVICE_ROLE',
  });
  expect(JSON.stringify(resources(stack, 'AWS::IAM::Policy').RoleDefaultPolicy)).toContain('repository/github/a/b');
});
