import { aws_iam as iam, aws_sagemaker as sagemaker, Stack } from 'aws-cdk-lib';
import { redirectOne, REGISTRY } from '../../support/redirect';

const role = (stack: Stack) =>
  new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }).roleArn;

test('a model pulls its containers with its execution role', () => {
  const { properties, report } = redirectOne(
    (stack) =>
      new sagemaker.CfnModel(stack, 'Model', {
        executionRoleArn: role(stack),
        primaryContainer: { image: 'quay.io/a/b:1', modelDataUrl: 's3://models/model.tar.gz' },
        containers: [{ image: 'nginx:1' }, { modelPackageName: 'package' }],
      }),
  );
  expect(properties.PrimaryContainer).toEqual({
    Image: `${REGISTRY}/quay/a/b:1`,
    ModelDataUrl: 's3://models/model.tar.gz',
  });
  expect(properties.Containers).toEqual([
    { Image: `${REGISTRY}/docker-hub/library/nginx:1` },
    { ModelPackageName: 'package' },
  ]);
  expect(report).toEqual([
    'PrimaryContainer.Image: quay.io/a/b:1 -> CACHE/quay/a/b:1',
    'Containers.0.Image: nginx:1 -> CACHE/docker-hub/library/nginx:1',
  ]);
});

test('a model that pulls from a private registry of its own is left alone', () => {
  const { properties } = redirectOne(
    (stack) =>
      new sagemaker.CfnModel(stack, 'Model', {
        executionRoleArn: role(stack),
        primaryContainer: {
          image: 'quay.io/a/b:1',
          imageConfig: {
            repositoryAccessMode: 'Vpc',
            repositoryAuthConfig: {
              repositoryCredentialsProviderArn: 'arn:aws:lambda:eu-west-1:111122223333:function:credentials',
            },
          },
        },
      }),
  );
  expect(properties.PrimaryContainer.Image).toBe('quay.io/a/b:1');
});

test('a model without a role is left alone', () => {
  expect(
    redirectOne((stack) => new sagemaker.CfnModel(stack, 'Model', { primaryContainer: { image: 'quay.io/a/b:1' } }))
      .report,
  ).toEqual([
    'PrimaryContainer.Image: quay.io/a/b:1 -> (it has no role that pulls; give it an execution role: ' +
      'on EC2 the role of the instances pulls, and is not looked for)',
  ]);
});
