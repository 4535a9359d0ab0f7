import { aws_lambda as lambda } from 'aws-cdk-lib';
import { redirectOne } from '../../support/redirect';

const ROLE = 'arn:aws:iam::111122223333:role/function';

test('a function made of an image is reported and not changed', () => {
  const { properties, report } = redirectOne(
    (stack) =>
      new lambda.CfnFunction(stack, 'Function', {
        role: ROLE,
        packageType: 'Image',
        code: { imageUri: 'public.ecr.aws/lambda/nodejs:20' },
      }),
  );
  expect(properties).toEqual({
    Role: ROLE,
    PackageType: 'Image',
    Code: { ImageUri: 'public.ecr.aws/lambda/nodejs:20' },
  });
  expect(report).toEqual([
    'Code.ImageUri: public.ecr.aws/lambda/nodejs:20 -> (AWS Lambda does not pull through the cache, and takes only ' +
      'what is there already: give the redirection the option prefetch, or make the function of ' +
      'prefetch(...).toLambdaCode())',
  ]);
});

test('a function made of code has no image', () => {
  expect(
    redirectOne(
      (stack) =>
        new lambda.CfnFunction(stack, 'Function', {
          role: ROLE,
          runtime: 'nodejs20.x',
          handler: 'index.handler',
          code: { zipFile: '//' },
        }),
    ).report,
  ).toEqual([]);
});
