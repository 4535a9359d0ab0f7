import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { deployed, diff, ENV, newCache, REGISTRY, withoutHash } from '../support/redirect';
import { Principal } from '../support/simulate';
import { addWorkloads } from '../support/workloads';

function synthesize(redirected: boolean) {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const cache = newCache(stack);
  addWorkloads(stack);
  const redirection = redirected ? cache.redirect(stack) : undefined;
  return {
    stack,
    template: Template.fromStack(stack).toJSON(),
    deployed: deployed(stack),
    report: redirection?.report ?? [],
  };
}

const before = synthesize(false);
const after = synthesize(true);

/** Names without the hashes of CDK. */
const readable = (text: string) => text.replace(/([A-Za-z])[0-9A-F]{8}(?=\.|$)/g, '$1');

const CHANGED: [string, string, string][] = [
  // where, what was pulled, what is pulled
  ['Task.Properties.ContainerDefinitions.0.Image', 'nginx:1.27', 'docker-hub/library/nginx:1.27'],
  [
    'Task.Properties.ContainerDefinitions.1.Image',
    `ghcr.io/owner/sidecar:v1@sha256:${'0123456789abcdef'.repeat(4)}`,
    `github/owner/sidecar:v1@sha256:${'0123456789abcdef'.repeat(4)}`,
  ],
  [
    'Task.Properties.ContainerDefinitions.4.Image',
    'public.ecr.aws/aws-observability/aws-for-fluent-bit:stable',
    'ecr-public/aws-observability/aws-for-fluent-bit:stable',
  ],
  ['RawTask.Properties.ContainerDefinitions.0.Image', 'quay.io/raw/web:1', 'quay/raw/web:1'],
  ['Job.Properties.ContainerProperties.Image', 'quay.io/batch/one:1', 'quay/batch/one:1'],
  [
    'NodesJob.Properties.NodeProperties.NodeRangeProperties.0.Container.Image',
    'quay.io/batch/node:1',
    'quay/batch/node:1',
  ],
  ['Build.Properties.Environment.Image', 'quay.io/build/image:1', 'quay/build/image:1'],
  ['ClustermanifestPod.Properties.Manifest.0.spec.containers.0.image', 'quay.io/eks/pod:1', 'quay/eks/pod:1'],
  ['ClustermanifestPod.Properties.Manifest.0.spec.initContainers.0.image', 'quay.io/eks/init:1', 'quay/eks/init:1'],
  [
    'ClustermanifestPod.Properties.Manifest.0.spec.ephemeralContainers.0.image',
    'quay.io/eks/debug:1',
    'quay/eks/debug:1',
  ],
  [
    'ClustermanifestPod.Properties.Manifest.0.spec.volumes.0.image.reference',
    'quay.io/eks/volume:1',
    'quay/eks/volume:1',
  ],
  [
    'ClustermanifestDeployment.Properties.Manifest.0.spec.template.spec.containers.0.image',
    'quay.io/eks/deployment:1',
    'quay/eks/deployment:1',
  ],
  [
    'ClustermanifestStatefulSet.Properties.Manifest.0.spec.template.spec.containers.0.image',
    'quay.io/eks/stateful-set:1',
    'quay/eks/stateful-set:1',
  ],
  [
    'ClustermanifestDaemonSet.Properties.Manifest.0.spec.template.spec.containers.0.image',
    'quay.io/eks/daemon-set:1',
    'quay/eks/daemon-set:1',
  ],
  [
    'ClustermanifestJob.Properties.Manifest.0.spec.template.spec.containers.0.image',
    'quay.io/eks/job:1',
    'quay/eks/job:1',
  ],
  [
    'ClustermanifestCronJob.Properties.Manifest.0.spec.jobTemplate.spec.template.spec.containers.0.image',
    'quay.io/eks/cron-job:1',
    'quay/eks/cron-job:1',
  ],
  [
    'ClustermanifestList.Properties.Manifest.0.items.0.spec.containers.0.image',
    'quay.io/eks/list:1',
    'quay/eks/list:1',
  ],
  [
    'ClustermanifestRollout.Properties.Manifest.0.spec.template.spec.containers.0.image',
    'quay.io/eks/custom:1',
    'quay/eks/custom:1',
  ],
  ['ClusterchartWeb.Properties.Values.sidecar.image', 'quay.io/helm/whole:1', 'quay/helm/whole:1'],
  ['Model.Properties.PrimaryContainer.Image', 'quay.io/sagemaker/model:1', 'quay/sagemaker/model:1'],
];

test('only images change, and what their roles and services need', () => {
  const changes = Object.entries(diff(before.deployed, after.deployed)).map(([path, sides]): [string, ...unknown[]] => [
    readable(path.replace(/^Resources\./, '')),
    ...sides,
  ]);
  const isPolicy = ([path]: [string, ...unknown[]]) => /Policy/.test(path);
  const isOrder = ([path]: [string, ...unknown[]]) => /\.DependsOn/.test(path);
  const sort = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

  expect(sort(changes.filter((row) => !isPolicy(row) && !isOrder(row)))).toEqual(
    sort([
      ...CHANGED.map(([path, image, cached]) => [path, image, `${REGISTRY}/${cached}`]),
      // An image that is named in two parts.
      ['ClusterchartWeb.Properties.Values.image.registry', 'quay.io', `${REGISTRY}/quay`],
    ]),
  );
  expect(new Set(changes.filter(isPolicy).map(([path]) => path.split('.')[0]))).toEqual(
    new Set([
      'TaskExecutionRoleDefaultPolicy',
      'ExecutionRoleDefaultPolicy',
      'BuildRoleDefaultPolicy',
      'ClusterNodegroupDefaultCapacityNodeGroupRoleDefaultPolicy',
      'ModelRoleDefaultPolicy',
    ]),
  );
  // What is deployed with its images waits until they may be pulled.
  const waiting = new Set(changes.filter(isOrder).map(([path]) => path.split('.')[0]));
  expect([...waiting].filter((name) => !/^Cluster(manifest|chart)/.test(name)).sort()).toEqual([
    'Model',
    'RawTask',
    'Service',
  ]);
  const manifests = CHANGED.map(([path]) => path.split('.')[0]).filter((name) => /^Cluster(manifest|chart)/.test(name));
  expect(waiting).toEqual(new Set([...manifests, 'Model', 'RawTask', 'Service']));
});

/** The images that are left alone, and the role that must not be able to make their repositories. */
const LEFT: [string, string, string, string?][] = [
  // place, image, reason, what its repository would be
  ['Stack/Task/Resource ContainerDefinitions.2.Image', '(token)', 'it is in a private registry of ECR'],
  [
    'Stack/Task/Resource ContainerDefinitions.3.Image',
    'quay.io/private/app:1',
    'it is pulled with credentials of its own',
    'quay/private/app',
  ],
  ['Stack/RawTask ContainerDefinitions.1.Image', '(token)', 'it is a token, whose value is not known at synth'],
  [
    'Stack/RawTask ContainerDefinitions.2.Image',
    'mcr.microsoft.com/app:1',
    'the cache has no rule for mcr.microsoft.com/app',
    'app',
  ],
  [
    'Stack/RawTaskWithoutRole ContainerDefinitions.0.Image',
    'quay.io/no/role:1',
    'it has no role that pulls; give it an execution role: ' +
      'on EC2 the role of the instances pulls, and is not looked for',
    'quay/no/role',
  ],
  [
    'Stack/PodJob EksProperties.PodProperties.Containers.0.Image',
    'quay.io/batch/pod:1',
    'the roles of the nodes that pull are not known; name them in the nodeRoles of the redirection',
    'quay/batch/pod',
  ],
  [
    'Stack/Cluster/chart-Web/Resource/Default Values',
    '(images that only the chart names)',
    'the values do not name them, if there are any; an admission policy of the cache sees every image that the ' +
      'chart makes',
  ],
  [
    'Stack/Cluster/manifest-ConfigMap/Resource/Default Manifest[0].data.image',
    'quay.io/eks/not-an-image:1',
    'it is part of a text, or stands under a key that does not say that nodes pull it: write the name of the cached ' +
      'image there, or leave it to an admission policy of the cache',
    'quay/eks/not-an-image',
  ],
  [
    'Stack/AppRunner SourceConfiguration.ImageRepository.ImageIdentifier',
    'public.ecr.aws/app/runner:1',
    'App Runner pulls from ECR only with an access role, which the service is made with: use the image of the ' +
      'cache and a role that may pull it, with the repository type ECR',
    'ecr-public/app/runner',
  ],
  [
    'Stack/Function Code.ImageUri',
    'quay.io/lambda/function:1',
    'AWS Lambda does not pull through the cache, and takes only what is there already: give the redirection the ' +
      'option prefetch, or make the function of prefetch(...).toLambdaCode()',
    'quay/lambda/function',
  ],
];

test('the report says what was left, and why', () => {
  const left = after.report.filter(({ cachedUri }) => cachedUri === undefined);
  // The functions that CDK adds for its custom resources are made of code, and have no image.
  expect(
    left.map(({ constructPath, place, image, reason }) => [`${constructPath} ${place}`, image, reason]).sort(),
  ).toEqual(LEFT.map(([place, image, reason]) => [place, image, reason]).sort());
});

test('the report says what is pulled instead', () => {
  const rows = after.report.filter(({ cachedUri }) => cachedUri !== undefined);
  expect(rows.map(({ image, cachedUri }) => `${image} ${cachedUri}`).sort()).toEqual(
    [
      ...CHANGED.map(([, image, cached]) => `${image} ${after.report[0].cachedUri!.split('/')[0]}/${cached}`),
      `quay.io/helm/split ${after.report[0].cachedUri!.split('/')[0]}/quay/helm/split`,
    ].sort(),
  );
  expect(rows.every(({ reason }) => reason === undefined)).toBe(true);
  expect(before.report).toEqual([]);
});

test('each line of the report is a note on its resource, and what is left, or may fail, is told once', () => {
  const annotations = Annotations.fromStack(after.stack);
  for (const { constructPath, place, image } of after.report) {
    const notes = annotations
      .findInfo(`/${constructPath}`, Match.stringLikeRegexp(`^${place.replace(/[.[\]]/g, '\\$&')}: the image `))
      .map(({ entry }) => String(entry.data));
    expect([constructPath, notes]).toEqual([constructPath, [expect.stringContaining(image)]]);
  }
  const caused = annotations
    .findWarning('*', Match.anyValue())
    .filter(({ entry }) => /cdk-ecr-pull-through-cache/.test(String(entry.data)));
  const told = caused.map(({ id, entry }) => [id, String(entry.data)]);
  expect(told.map(([id, text]) => [id, /\[ack: (.*)\]$/.exec(text)![1]])).toEqual([
    ['/Stack/Cache', 'cdk-ecr-pull-through-cache:Redirection.notRedirected'],
    ['/Stack/Cache/github', 'cdk-ecr-pull-through-cache:PullThroughCacheRule.digest'],
  ]);
  const named = LEFT.filter(([, , , repository]) => repository && repository !== 'app');
  named.forEach(([, image, reason]) => expect(told[0][1]).toContain(`${image} (${reason})`));
  expect(told[0][1]).toMatch(new RegExp(`^${named.length} images do not go through the cache`));
});

describe('by simulation of IAM', () => {
  const AWS_MANAGED = ['/AmazonEKSWorkerNodePolicy', '/AmazonEKS_CNI_Policy', '/AmazonEC2ContainerRegistryReadOnly'];
  const FIRST_PULL = [
    'ecr:CreateRepository',
    'ecr:BatchImportUpstreamImage',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchCheckLayerAvailability',
  ];
  const PULLERS: [RegExp, string][] = [
    [/^Task\./, 'TaskExecutionRole'],
    [/^(RawTask|Job|NodesJob)\./, 'ExecutionRole'],
    [/^Build\./, 'BuildRole'],
    [/^Cluster/, 'ClusterNodegroupDefaultCapacityNodeGroupRole'],
    [/^Model\./, 'ModelRole'],
  ];
  const roleOf = (path: string) => PULLERS.find(([pattern]) => pattern.test(path))![1];
  const principal = (template: any, role: string) => {
    const id = Object.keys(template.Resources).find(
      (one) => withoutHash(one) === role && template.Resources[one].Type === 'AWS::IAM::Role',
    )!;
    return Principal.of(template, id, ENV, AWS_MANAGED);
  };
  const arn = (image: string) => `arn:aws:ecr:eu-west-1:111122223333:repository/${image.replace(/[:@].*/, '')}`;

  const rewritten = [...CHANGED, ['ClusterchartWeb.Properties.Values.image', '', 'quay/helm/split:1']];
  test.each(rewritten.map(([path, , cached]) => [cached, roleOf(path)]))(
    '%s may be pulled for the first time by %s, and only since the redirection',
    async (cached, role) => {
      for (const action of FIRST_PULL) {
        expect([action, await principal(after.template, role).may(action, arn(cached))]).toEqual([action, 'Allowed']);
      }
      expect(await principal(after.template, role).may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
      expect(await principal(before.template, role).may('ecr:CreateRepository', arn(cached))).toBe('ImplicitlyDenied');
    },
  );

  const roles = PULLERS.map(([, role]) => role);
  test.each(LEFT.flatMap(([, , , repository]) => repository ?? []))(
    '%s may be pulled for the first time by nobody',
    async (repository) => {
      for (const role of [...roles, 'FunctionRole']) {
        for (const action of ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage']) {
          expect([role, await principal(after.template, role).may(action, arn(repository))]).toEqual([
            role,
            'ImplicitlyDenied',
          ]);
        }
      }
    },
  );

  test.each(rewritten.map(([path, , cached]) => [cached, roleOf(path)]))(
    '%s may be pulled by no role but %s',
    async (cached, role) => {
      for (const other of roles.filter((one) => one !== role)) {
        expect([other, await principal(after.template, other).may('ecr:CreateRepository', arn(cached))]).toEqual([
          other,
          'ImplicitlyDenied',
        ]);
      }
    },
  );
});
