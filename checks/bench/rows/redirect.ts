import { App, Aspects, IAspect, Stack } from 'aws-cdk-lib';
import { ContainerDefinitionOptions, ContainerImage, FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import { ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { PullThroughCache, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { count, ENVIRONMENT } from '../apps';
import { alternate, QUICK } from '../measure';
import { digits, report, Result, show } from '../result';

/** A template may have 500 resources, and a task with its roles and its policy has four. */
const TASKS_OF_STACK = 100;

const NOTHING: IAspect = { visit: () => {} };

/** What the containers are like. */
interface Fixture {
  readonly name: string;
  readonly ofTask: number;
  readonly container: (index: number, logGroup: ILogGroup) => Partial<ContainerDefinitionOptions>;
}

/** As people have them: an application and a sidecar with logs, for which CDK makes the execution role in both apps. */
const USUAL: Fixture = {
  name: 'containers',
  ofTask: 2,
  container: (index, logGroup) => ({
    logging: LogDrivers.awsLogs({ streamPrefix: `container${index}`, logGroup }),
    portMappings: [{ containerPort: 8080 + index }],
    environment: { NODE_ENV: 'production', LOG_LEVEL: 'info' },
  }),
};

/** Nothing but images, as many in a task as ECS allows: only the redirection makes an execution role. */
const BARE: Fixture = { name: 'bare containers', ofTask: 10, container: () => ({}) };

function app({ ofTask, container }: Fixture, containers: number, redirect: boolean): void {
  const scope = new App({ analyticsReporting: false });
  const cache = new PullThroughCache(new Stack(scope, 'Cache', { env: ENVIRONMENT }), 'Cache', {
    upstreams: [UpstreamRegistry.quay()],
  });
  if (redirect) {
    cache.redirect(scope);
  } else {
    Aspects.of(scope).add(NOTHING);
  }

  let stack: Stack;
  let logGroup: ILogGroup;
  count(containers / ofTask).forEach((task) => {
    if (task % TASKS_OF_STACK === 0) {
      stack = new Stack(scope, `Stack${task}`, { env: ENVIRONMENT });
      logGroup = new LogGroup(stack, 'Logs');
    }
    const definition = new FargateTaskDefinition(stack, `Task${task}`, { memoryLimitMiB: 4096, cpu: 1024 });
    count(ofTask).forEach((index) =>
      definition.addContainer(`container${index}`, {
        image: ContainerImage.fromRegistry(`quay.io/team-${task % 50}/app-${index}:v1`),
        memoryLimitMiB: 256,
        ...container(index, logGroup),
      }),
    );
  });
  scope.synth();
}

/** How much time a redirection adds, for each container. */
function measure(fixture: Fixture, containers: number, runs: number) {
  const { ours, theirs, ratio } = alternate(
    runs,
    () => app(fixture, containers, true),
    () => app(fixture, containers, false),
  );
  const added = { ...ratio, median: ratio.median - 1, low: ratio.low - 1, high: ratio.high - 1 };
  return {
    ...fixture,
    containers,
    added,
    own: (ours.median - theirs.median) / containers,
    rendering: theirs.median / containers,
  };
}

const usual = (
  QUICK
    ? [[20, 1]]
    : [
        [100, 20],
        [1_000, 5],
        [10_000, 2],
      ]
).map(([containers, runs]) => measure(USUAL, containers, runs));
const bare = QUICK ? measure(BARE, 20, 1) : measure(BARE, 1_000, 5);

const results: Result[] = [...usual, bare].map(({ name, containers, added, own, rendering }) => ({
  what: `redirect ${containers.toLocaleString('en')} ${name}, own cost`,
  against: 'CDK’s rendering of the same container, under an aspect that does nothing',
  ours: `${digits(own * 1000)} µs each`,
  theirs: `${digits(rendering * 1000)} µs each`,
  ratio: show(added),
  aim: 'at most that of CDK',
  met: added.median <= 1,
}));

const [few, many] = [usual.at(-2), usual.at(-1)!];
report(
  ...results,
  ...(few === undefined
    ? []
    : [
        {
          what: 'redirect, growth of the own cost for each container',
          against: `${few.containers.toLocaleString('en')} containers`,
          ours: `${digits(many.own * 1000)} µs`,
          theirs: `${digits(few.own * 1000)} µs`,
          ratio: digits(many.own / few.own),
          aim: 'linear: at most 1.2 times',
          met: many.own / few.own <= 1.2,
        },
      ]),
);
