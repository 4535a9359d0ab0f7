import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnRole, Role } from 'aws-cdk-lib/aws-iam';
import { allKinds } from '../../src/redirect/kinds';
import { IMAGE, IMAGE_ROWS, ImageRow, ROLE, ROLE_NAME } from '../support/image-rows';
import { FIRST_PULL } from '../support/policies';
import { deployed, diff, ENV, newCache, REGISTRY } from '../support/redirect';
import { Principal } from '../support/simulate';

const CACHED = `${REGISTRY}/quay/team/app:1.2`;

/** Types whose service pulls when the resource is deployed, or which another such resource refers to. */
const PULLED_AT_ONCE = /^AWS::(ECS::|SageMaker::|ImageBuilder::)/;

/** A stack with a row's resource, and with the role that pulls. */
function synthesize(row: ImageRow, isRedirected: boolean) {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const role = new CfnRole(stack, 'Puller', { assumeRolePolicyDocument: {} });
  const filledIn = (value: any): any => {
    const text = typeof value === 'string' ? value : undefined;
    if (text !== undefined) {
      return text === ROLE_NAME ? role.ref : text.split(ROLE).join(role.attrArn);
    }
    if (Array.isArray(value)) {
      return value.map(filledIn);
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, isFunction(key, item) ?? filledIn(item)]),
    );
  };
  const isFunction = (_: string, item: any) => {
    if (item?.Ref !== undefined && !item.Ref.startsWith('AWS::')) {
      return (stack.node.findChild(item.Ref) as CfnResource).ref;
    }
    const attribute = item?.['Fn::GetAtt'];
    return attribute && (stack.node.findChild(attribute[0]) as CfnResource).getAtt(attribute[1]);
  };
  new CfnResource(stack, 'Workload', { type: row.type, properties: filledIn(row.properties) });
  for (const [id, { type, properties }] of Object.entries(row.others ?? {})) {
    new CfnResource(stack, id, { type, properties: filledIn(properties) });
  }
  const cache = newCache(stack);
  const nodes = Role.fromRoleName(role, 'Nodes', role.ref);
  const redirection = isRedirected ? cache.redirect(stack, { nodeRoles: [nodes] }) : undefined;
  const template = deployed(stack);
  return { template, raw: Template.fromStack(stack).toJSON(), report: redirection?.report ?? [] };
}

/** The ways to the image, with a text that is JSON taken apart. */
function parsed(properties: any): any {
  return JSON.parse(JSON.stringify(properties), (_, value) => {
    try {
      return typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value;
    } catch {
      return value;
    }
  });
}

const rows = (of: ImageRow[]) => of.map((row) => [row.type, of.indexOf(row), row] as const);

describe('what is redirected', () => {
  test.each(rows(IMAGE_ROWS.filter(({ reason }) => !reason)))('%s, row %i', async (_type, _index, row) => {
    const before = synthesize(row, false);
    const after = synthesize(row, true);
    const { Properties } = after.template.Resources.Workload;

    // Nothing changes but the image, and what is asked for.
    const changes = diff(parsed(before.template.Resources.Workload.Properties), parsed(Properties));
    const images = Object.entries(changes).filter(([path]) => !(path in (row.also ?? {})));
    expect(images.map(([, sides]) => sides)).toEqual([[IMAGE, CACHED]]);
    Object.entries(row.also ?? {}).forEach(([path, value]) => expect(changes[path][1]).toEqual(value));
    const others = diff(
      { ...before.template.Resources, Workload: undefined },
      { ...after.template.Resources, Workload: undefined },
    );
    expect(Object.keys(others).filter((path) => !/^\w*Policy\w*$/.test(path))).toEqual([]);
    expect(after.report.map(({ image, cachedUri, reason }) => [image, cachedUri, reason])).toEqual([
      [IMAGE, CACHED, undefined],
    ]);

    // What is deployed with its image waits until it may be pulled.
    const needs = after.template.Resources.Workload.DependsOn ?? [];
    const rule = expect.stringMatching(/^PullThroughCacheRule/);
    const policy = expect.stringMatching(/Policy/);
    expect(needs).toEqual(PULLED_AT_ONCE.test(row.type) ? expect.arrayContaining([rule, policy]) : []);

    // Whoever pulls may do so for the first time, and nothing else.
    const puller = Principal.of(after.raw, 'Puller', ENV);
    const repository = (name: string) => `arn:aws:ecr:${ENV.region}:${ENV.account}:repository/${name}`;
    for (const action of FIRST_PULL) {
      expect([action, await puller.may(action, repository('quay/team/app'))]).toEqual([action, 'Allowed']);
      expect([action, await puller.may(action, repository('quay/team/other'))]).toEqual([action, 'ImplicitlyDenied']);
    }
  });
});

test.each(rows(IMAGE_ROWS.filter(({ reason }) => reason)))('reported: %s, row %i', (_type, _index, row) => {
  const before = synthesize(row, false);
  const after = synthesize(row, true);
  expect(after.template).toEqual(before.template);
  expect(after.report.map(({ image, cachedUri, reason }) => [image, cachedUri, reason])).toEqual([
    [IMAGE, undefined, expect.stringMatching(row.reason!)],
  ]);
});

test('each type of the table of kinds is in the rows', () => {
  const tried = new Set(IMAGE_ROWS.map(({ type }) => type));
  // These have tests of their own.
  const elsewhere = ['Custom::AWSCDK-EKS-', 'AWS::Omics::', 'Custom::PrefetchedImage'];
  const untried = allKinds()
    .map(({ resourceType }) => resourceType)
    .filter((type) => !tried.has(type) && !elsewhere.some((start) => type.startsWith(start)));
  expect(untried).toEqual([]);
});
