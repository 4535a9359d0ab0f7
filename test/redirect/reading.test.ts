import {
  App,
  aws_batch as batch,
  aws_codebuild as codebuild,
  aws_ecs as ecs,
  aws_iam as iam,
  aws_lambda as lambda,
  AspectPriority,
  Aspects,
  CfnResource,
  IAspect,
  Lazy,
  Size,
  Stack,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct, IConstruct } from 'constructs';
import * as fc from 'fast-check';
import type { PullThroughCache, Redirection } from '../../src';
import { ENV, manifest, newCache, nodeRole, REGISTRY, resources } from '../support/redirect';

/** What an app made, and what it adds to that later. */
interface Program {
  readonly make: (stack: Stack) => (() => void)[];
  readonly type: string;
  /** What of the properties has to be there, with and without a redirection. */
  readonly expected: (properties: any) => unknown;
  readonly images: (properties: any) => string[];
}

const registry = (image: string) => ecs.ContainerImage.fromRegistry(image);

const PROGRAMS: Record<string, Program> = {
  'containers and volumes of ECS': {
    make: (stack) => {
      const task = new ecs.FargateTaskDefinition(stack, 'Task');
      task.addContainer('first', { image: registry('quay.io/a/first:1') });
      return [
        () => task.addContainer('later', { image: registry('quay.io/a/later:1') }),
        () => task.addVolume({ name: 'data' }),
        () => task.findContainer('first')!.addPortMappings({ containerPort: 80 }),
        () => task.findContainer('first')!.addEnvironment('KEY', 'value'),
      ];
    },
    type: 'AWS::ECS::TaskDefinition',
    expected: ({ ContainerDefinitions, Volumes }) => [
      ContainerDefinitions.map(({ Name, PortMappings, Environment }: any) => [Name, PortMappings, Environment]),
      Volumes,
    ],
    images: ({ ContainerDefinitions }) => ContainerDefinitions.map(({ Image }: any) => Image),
  },
  'nodes of Batch': {
    make: (stack) => {
      const job = new batch.MultiNodeJobDefinition(stack, 'Job', {
        instanceType: undefined,
        containers: [],
      });
      const container = (id: string) =>
        new batch.EcsEc2ContainerDefinition(stack, id, {
          image: registry(`quay.io/a/${id.toLowerCase()}:1`),
          cpu: 1,
          memory: Size.gibibytes(2),
        });
      job.addContainer({ startNode: 0, endNode: 1, container: container('First') });
      return [() => job.addContainer({ startNode: 2, endNode: 3, container: container('Later') })];
    },
    type: 'AWS::Batch::JobDefinition',
    expected: ({ NodeProperties }) => NodeProperties.NodeRangeProperties.map(({ TargetNodes }: any) => TargetNodes),
    images: ({ NodeProperties }) => NodeProperties.NodeRangeProperties.map(({ Container }: any) => Container.Image),
  },
  'a lazy manifest of EKS': {
    make: (stack) => {
      const containers = [{ image: 'quay.io/a/first:1' }];
      manifest(stack, [{ spec: { containers: Lazy.any({ produce: () => containers }) } }]);
      return [() => containers.push({ image: 'quay.io/a/later:1' })];
    },
    type: 'Custom::AWSCDK-EKS-KubernetesResource',
    expected: ({ Manifest }) => Manifest[0].spec.containers.length,
    images: ({ Manifest }) => Manifest[0].spec.containers.map(({ image }: any) => image),
  },
  'lazy containers of an L1': {
    make: (stack) => {
      const containers = [{ name: 'first', image: 'quay.io/a/first:1' }];
      new ecs.CfnTaskDefinition(stack, 'Task', {
        executionRoleArn: role(stack).roleArn,
        containerDefinitions: Lazy.any({ produce: () => containers }),
      });
      return [() => containers.unshift({ name: 'later', image: 'quay.io/a/later:1' })];
    },
    type: 'AWS::ECS::TaskDefinition',
    expected: ({ ContainerDefinitions }) => ContainerDefinitions.map(({ Name }: any) => Name),
    images: ({ ContainerDefinitions }) => ContainerDefinitions.map(({ Image }: any) => Image),
  },
  'sources of CodeBuild': {
    make: (stack) => {
      const project = new codebuild.Project(stack, 'Project', {
        environment: { buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/a/first:1') },
        source: codebuild.Source.gitHub({ owner: 'o', repo: 'r' }),
      });
      return [
        () => project.addSecondarySource(codebuild.Source.gitHub({ identifier: 'i', owner: 'o', repo: 's' })),
        () =>
          project.addFileSystemLocation(
            codebuild.FileSystemLocation.efs({ identifier: 'e', location: 'l', mountPoint: 'm' }),
          ),
      ];
    },
    type: 'AWS::CodeBuild::Project',
    expected: ({ SecondarySources, FileSystemLocations }) => [SecondarySources, FileSystemLocations],
    images: ({ Environment }) => [Environment.Image],
  },
  'layers of Lambda': {
    make: (stack) => {
      const layer = lambda.LayerVersion.fromLayerVersionArn(
        stack,
        'L',
        'arn:aws:lambda:eu-west-1:111122223333:layer:l:1',
      );
      const fn = new lambda.Function(stack, 'Function', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('//'),
      });
      return [() => fn.addLayers(layer)];
    },
    type: 'AWS::Lambda::Function',
    expected: ({ Layers }) => Layers,
    images: () => [],
  },
};

function role(stack: Stack): iam.Role {
  return new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
}

function withMixin(scope: IConstruct, mixin: Redirection): void {
  scope.node
    .findAll()
    .filter((construct) => mixin.supports(construct))
    .forEach((construct) => mixin.applyTo(construct));
}

/** Calls once when it comes to a node. */
class Once implements IAspect {
  private isDone = false;
  constructor(
    private readonly path: string,
    private readonly call: () => void,
  ) {}
  public visit(node: IConstruct): void {
    if (!this.isDone && node.node.path === this.path) {
      this.isDone = true;
      this.call();
    }
  }
}

type Way = (stack: Stack, cache: PullThroughCache, options: { nodeRoles: iam.IRole[] }, add: () => void) => void;

const dryRun = true;

const WAYS: Record<string, Way> = {
  'after a redirection': (stack, cache, options, add) => {
    cache.redirect(stack, options);
    add();
  },
  'after a mixin': (stack, cache, options, add) => {
    withMixin(stack, cache.redirectionAspect(options));
    add();
  },
  'in an aspect of the stack, after ours': (stack, cache, options, add) => {
    cache.redirect(stack, options);
    Aspects.of(stack).add(new Once('Stack/Zebra', add));
  },
  'in the last of all aspects': (stack, cache, options, add) => {
    cache.redirect(stack, options);
    Aspects.of(stack).add(new Once('Stack/Zebra', add), { priority: 1_000_000 });
  },
  'in a read-only aspect of another construct': (stack, cache, options, add) => {
    cache.redirect(stack, options);
    Aspects.of(stack.node.findChild('Zebra')).add(new Once('Stack/Zebra', add), { priority: AspectPriority.READONLY });
  },
  'while CDK renders a resource before': (stack, cache, options, add) => {
    cache.redirect(stack, options);
    new CfnResource(stack.node.findChild('Aardvark') as Construct, 'Resource', {
      type: 'Any::Thing::AtAll',
      properties: { Value: Lazy.string({ produce: () => (add(), 'x') }) },
    });
  },
};

const DRY_WAYS: Record<string, Way> = {
  'after a dry mixin': (stack, cache, options, add) => {
    withMixin(stack, cache.redirectionAspect({ ...options, dryRun }));
    add();
  },
  'after a dry redirection, in an aspect': (stack, cache, options, add) => {
    cache.redirect(stack, { ...options, dryRun });
    Aspects.of(stack).add(new Once('Stack/Zebra', add), { priority: 1_000_000 });
  },
};

function synthesize(program: Program, way?: Way) {
  const stack = new Stack(new App({ context: { '@aws-cdk/core:aspectStabilization': true } }), 'Stack', { env: ENV });
  new Construct(stack, 'Aardvark');
  const steps = program.make(stack);
  new Construct(stack, 'Zebra');
  const options = { nodeRoles: [nodeRole(stack)] };
  const add = () => steps.forEach((step) => step());
  const cache = newCache(stack);
  if (way) {
    way(stack, cache, options, add);
  } else {
    add();
  }
  const [properties] = Object.values<any>(resources(stack, program.type));
  return { stack, properties, policies: JSON.stringify(resources(stack, 'AWS::IAM::Policy')) };
}

describe.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  const plain = synthesize(program).properties;

  test.each(Object.entries(WAYS))('that are added %s are in the template, and go through the cache', (__, way) => {
    const { properties, policies } = synthesize(program, way);
    expect(program.expected(properties)).toEqual(program.expected(plain));
    const cached = program.images(plain).map((image) => image.replace('quay.io', `${REGISTRY}/quay`));
    expect(program.images(properties)).toEqual(cached);
    for (const uri of cached) {
      expect(policies).toContain(`:repository/${uri.split('/').slice(1).join('/').split(':')[0]}"`);
    }
  });

  test.each(Object.entries(DRY_WAYS))('that are added %s are in the template, and nothing else changes', (__, way) => {
    expect(synthesize(program, way).properties).toEqual(plain);
  });
});

test('an image that is set when CDK has prepared its templates is told', () => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const task = new ecs.CfnTaskDefinition(stack, 'Task', {
    executionRoleArn: role(stack).roleArn,
    containerDefinitions: [{ name: 'web', image: 'quay.io/a/b:1' }],
  });
  stack.node.addValidation({
    validate: () => {
      task.addPropertyOverride('ContainerDefinitions.0.Image', 'quay.io/a/late:1');
      return [];
    },
  });
  newCache(stack).redirect(stack);
  expect(resources(stack, 'AWS::ECS::TaskDefinition').Task.ContainerDefinitions[0].Image).toBe('quay.io/a/late:1');
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Task',
    Match.stringLikeRegexp('quay.io/a/late:1 was set after CDK had prepared.*Redirection.late'),
  );
});

test('a value is asked for no more often than without a redirection', () => {
  const count = (redirected: boolean) => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    const kept = jest.fn(() => 'quay.io/a/b:1');
    new ecs.CfnTaskDefinition(stack, 'Task', {
      executionRoleArn: role(stack).roleArn,
      containerDefinitions: [{ name: 'kept', image: Lazy.string({ produce: kept }) }],
    });
    if (redirected) {
      newCache(stack).redirect(stack);
    }
    Template.fromStack(stack);
    return kept.mock.calls.length;
  };
  expect([count(true), count(false)]).toEqual([1, 1]);
});

/** Whatever stands beside an image, as text, number, list, map or function. */
const NEIGHBOUR = fc.letrec<{ node: any }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom('text', 7, true, { Ref: 'AWS::Region' }, { 'Fn::If': ['C', 'a', { Ref: 'AWS::NoValue' }] }),
    fc.array(tie('node'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('A', 'B', 'C'), tie('node'), { maxKeys: 2 }),
  ),
})).node;
const IMAGE = fc.constantFrom('nginx', 'quay.io/a/b:1', 'mcr.microsoft.com/c:1', 'Not An Image', 'undefined:undefined');
const CONTAINER = fc.record({ Image: IMAGE, Name: fc.constantFrom('x', 'y'), Extra: NEIGHBOUR });
const BRANCHED = fc.oneof(
  CONTAINER,
  fc.tuple(CONTAINER, CONTAINER).map(([one, other]) => ({ 'Fn::If': ['C', one, other] })),
  CONTAINER.map((one) => ({ 'Fn::If': ['C', one, { Ref: 'AWS::NoValue' }] })),
  CONTAINER.map(({ Image, ...rest }) => ({ ...rest, Image: { 'Fn::If': ['C', Image, 'redis'] } })),
);
const LIST = fc.oneof(
  fc.array(BRANCHED, { maxLength: 3 }),
  fc.tuple(fc.array(CONTAINER, { maxLength: 2 }), fc.array(BRANCHED, { maxLength: 2 })).map(([one, other]) => ({
    'Fn::If': ['C', one, other],
  })),
  fc.constant({ 'Fn::FindInMap': ['M', 'a', 'b'] }),
);

test('images, grants and order change, and nothing else', () => {
  const template = (containers: any, manifests: any, redirected: boolean) => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { env: ENV });
    new CfnResource(stack, 'Task', {
      type: 'AWS::ECS::TaskDefinition',
      properties: { ContainerDefinitions: containers, ExecutionRoleArn: role(stack).roleArn, Other: containers },
    });
    manifest(stack, manifests);
    const nodeRoles = [nodeRole(stack)];
    const cache = newCache(stack);
    if (redirected) {
      cache.redirect(stack, { nodeRoles });
    }
    return Template.fromStack(stack).toJSON();
  };
  /** Upstream names for cached ones. */
  const restored = (part: any): any =>
    JSON.parse(
      JSON.stringify(part)
        .split(`${REGISTRY}/docker-hub/library/`)
        .join('')
        .split(`${REGISTRY}/quay/`)
        .join('quay.io/'),
    );
  const rest = (value: any) => {
    const { Resources, ...others } = value;
    const kept = Object.entries<any>(Resources).filter(([, { Type }]) => Type !== 'AWS::IAM::Policy');
    return restored({ others, kept: kept.map(([id, { DependsOn, ...resource }]) => [id, resource]) });
  };
  fc.assert(
    fc.property(
      LIST,
      fc.array(fc.record({ spec: fc.record({ containers: fc.array(fc.record({ image: IMAGE, args: NEIGHBOUR })) }) })),
      (list, pods) => {
        expect(rest(template(list, pods, true))).toEqual(rest(template(list, pods, false)));
      },
    ),
    { numRuns: 25 },
  );
});
