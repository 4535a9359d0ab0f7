import { aws_apprunner as apprunner } from 'aws-cdk-lib';
import { redirectOne } from '../../support/redirect';

test.each(['ECR_PUBLIC', 'ECR'])('a service of type %s is reported and not changed', (imageRepositoryType) => {
  const { properties, report } = redirectOne(
    (stack) =>
      new apprunner.CfnService(stack, 'Service', {
        sourceConfiguration: { imageRepository: { imageIdentifier: 'public.ecr.aws/a/b:1', imageRepositoryType } },
      }),
  );
  expect(properties).toEqual({
    SourceConfiguration: {
      ImageRepository: { ImageIdentifier: 'public.ecr.aws/a/b:1', ImageRepositoryType: imageRepositoryType },
    },
  });
  expect(report).toEqual([
    'SourceConfiguration.ImageRepository.ImageIdentifier: public.ecr.aws/a/b:1 -> ' +
      '(App Runner pulls from ECR only with an access role, ' +
      'which the service is made with: use the image of the cache and a role that may pull it, with the repository ' +
      'type ECR)',
  ]);
});

test('a service made of source code has no image', () => {
  expect(
    redirectOne(
      (stack) =>
        new apprunner.CfnService(stack, 'Service', {
          sourceConfiguration: {
            codeRepository: {
              repositoryUrl: 'https://github.com/a/b',
              sourceCodeVersion: { type: 'BRANCH', value: 'main' },
            },
          },
        }),
    ).report,
  ).toEqual([]);
});
