import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCache, RedirectedImage, RedirectOptions } from '../../src';
import { reportTable } from '../../src/redirect/report-table';
import { HOME } from '../support/util';

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const UNKNOWN = 'the roles of the nodes that pull are not known';

function entry(image: string, result: Partial<RedirectedImage>, constructPath = 'Stack/Task'): RedirectedImage {
  return { constructPath, resourceType: 'AWS::ECS::TaskDefinition', place: 'Image', image, ...result };
}

const cached = (image: string, constructPath?: string) =>
  entry(image, { cachedUri: `${HOST}/quay/${image.replace('quay.io/', '')}` }, constructPath);
const escaped = (image: string, constructPath?: string, reason = UNKNOWN) =>
  entry(image, { reason, escapes: true }, constructPath);
const left = (image: string, reason: string) => entry(image, { reason });

const table = (report: RedirectedImage[], isDryRun = false) => reportTable(report, isDryRun, true).split('\n');

test('a table has what escapes first, then what goes through, then the rest, each by its count', () => {
  const report = [
    left('(token)', 'it is a token, whose value is not known at synth'),
    left('mcr.microsoft.com/dotnet/runtime:8.0', 'the cache has no rule for mcr.microsoft.com'),
    cached('quay.io/a/b:1'),
    cached('quay.io/org/app:1', 'Stack/One'),
    cached('quay.io/org/app:1', 'Stack/Two'),
    escaped('quay.io/z/late:1', 'Stack/Chart'),
    left('(token)', 'it is a token, whose value is not known at synth'),
    escaped('quay.io/z/often:1', 'Stack/Chart'),
    escaped('quay.io/z/often:1', 'Stack/Manifest'),
    escaped('quay.io/z/often:1', 'Stack/Manifest'),
    escaped('quay.io/x/y:1', 'Other/Job', 'the job is of another region'),
  ];
  expect(table(report)).toEqual([
    'PLACES  IMAGES',
    '',
    '     4  escape the cache: the roles of the nodes that pull are not known',
    '     3    quay.io/z/often:1                     Stack/Chart and 1 more',
    '     1    quay.io/z/late:1                      Stack/Chart',
    '',
    '     1  escape the cache: the job is of another region',
    '     1    quay.io/x/y:1                         Other/Job',
    '',
    '     3  go through the cache',
    `     2    quay.io/org/app:1                     ${HOST}/quay/org/app:1`,
    `     1    quay.io/a/b:1                         ${HOST}/quay/a/b:1`,
    '',
    '     2  left alone: it is a token, whose value is not known at synth',
    '     2    (token)                               Stack/Task',
    '',
    '     1  left alone: the cache has no rule for mcr.microsoft.com',
    '     1    mcr.microsoft.com/dotnet/runtime:8.0  Stack/Task',
    '',
  ]);
});

test('is the same for the same images in another order', () => {
  const report = [cached('quay.io/b:1'), cached('quay.io/a:1'), left('x', 'one'), left('x', 'two'), escaped('y')];
  expect(table([...report].reverse())).toEqual(table(report));
});

test('a long name moves nothing but its own line', () => {
  const long = `quay.io/${'a'.repeat(200)}:1`;
  const lines = table([cached('quay.io/a/b:1'), cached(long)]);
  expect(lines.find((line) => line.includes('quay.io/a/b:1'))).toBe(`     1    quay.io/a/b:1  ${HOST}/quay/a/b:1`);
  expect(lines.find((line) => line.includes(long))).toBe(`     1    ${long}  ${HOST}/quay/${'a'.repeat(200)}:1`);
});

test('counts of any length end at one column', () => {
  const many = Array.from({ length: 1234 }, (_, index) => cached('quay.io/a/b:1', `Stack/Task${index}`));
  expect(table(many)[3]).toBe(`  1234    quay.io/a/b:1  ${HOST}/quay/a/b:1`);
});

test('one image that is pulled in two ways has a line for each', () => {
  const lines = table([cached('quay.io/a/b:1'), entry('quay.io/a/b:1', { cachedUri: `${HOST}/other/a/b:1` })]);
  expect(lines.filter((line) => line.includes('quay.io/a/b:1'))).toHaveLength(2);
});

test('says of a dry run that nothing was changed', () => {
  expect(table([cached('quay.io/a/b:1')], true)).toContain('     1  would go through the cache');
});

test('says why it is empty', () => {
  expect(reportTable([], false, false)).toBe('no images; the report is complete once the app is synthesized\n');
  expect(reportTable([], false, true)).toBe('no images\n');
});

test('has one line for each image, whatever others wrote, and no password', () => {
  const text = reportTable(
    [left('a\nb', 'one\n two'), left('https://me:hunter2@registry.example.com/app', 'x')],
    false,
    true,
  );
  expect(text).toContain('     1  left alone: one two\n     1    a b ');
  expect(text).not.toContain('hunter2');
});

describe('of a redirection', () => {
  const redirected = (options: RedirectOptions) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: HOME });
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const foreign = { roleArn: 'arn:aws:iam::444455556666:role/execution' };
    Object.entries({ One: role, Two: role, Three: foreign }).forEach(([id, { roleArn }]) => {
      new CfnTaskDefinition(stack, id, {
        executionRoleArn: roleArn,
        containerDefinitions: [{ name: 'web', image: 'quay.io/org/app:1' }],
      });
    });
    const redirection = new PullThroughCache(stack, 'Cache').redirect(app, options);
    const before = redirection.reportTable;
    app.synth();
    return { before, after: redirection.reportTable.split('\n'), report: redirection.report };
  };

  test('of an app without images says no more once it is synthesized', () => {
    const app = new App();
    const redirection = new PullThroughCache(new Stack(app, 'Stack', { env: HOME }), 'Cache').redirect(app);
    expect(redirection.reportTable).toBe(reportTable([], false, false));
    app.synth();
    expect(redirection.reportTable).toBe(reportTable([], false, true));
  });

  test('is complete once the app is synthesized', () => {
    const { before, after, report } = redirected({});
    expect(before).toBe(reportTable([], false, false));
    expect(after.slice(0, 4)).toEqual([
      'PLACES  IMAGES',
      '',
      expect.stringMatching(/^ {5}1 {2}escape the cache: .*takes no permissions/),
      '     1    quay.io/org/app:1  Stack/Three',
    ]);
    expect(after.slice(5)).toEqual([
      '     2  go through the cache',
      `     2    quay.io/org/app:1  ${HOST}/quay/org/app:1`,
      '',
    ]);
    expect(report.map(({ escapes }) => escapes)).toEqual([undefined, undefined, true]);
  });

  test('is what docs/redirect.md shows', () => {
    const app = new App();
    const stack = new Stack(app, 'Shop', { env: HOME });
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const task = (id: string, images: string[], executionRoleArn?: string) =>
      new CfnTaskDefinition(stack, id, {
        executionRoleArn,
        containerDefinitions: images.map((image, index) => ({ name: `container${index}`, image })),
      });
    const exporter = 'quay.io/prometheus/node-exporter:v1.9.0';
    task('Web', ['public.ecr.aws/nginx/nginx:1.27', exporter], role.roleArn);
    task('Api', ['docker.elastic.co/beats/filebeat:9.1.0', exporter], role.roleArn);
    task('Jobs', ['quay.io/argoproj/argocd:v3.1.0']);
    const redirection = new PullThroughCache(stack, 'Cache').redirect(app);
    app.synth();
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'redirect.md'), 'utf8');
    expect(page).toContain(`\`\`\`text\n${redirection.reportTable}\`\`\`\n`);
  });

  test('has what would be, in a dry run', () => {
    const { after } = redirected({ dryRun: true });
    expect(after).toContainEqual(expect.stringMatching(/^ +\d {2}would go through the cache$/));
    expect(after).not.toContainEqual(expect.stringMatching(/^ +\d {2}go through/));
  });

  test('leaves what is excluded to the rest', () => {
    expect(redirected({ exclude: ['quay.io/*'] }).after[2]).toMatch(/^ {5}3 {2}left alone: /);
  });
});
