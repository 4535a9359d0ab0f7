import { App, Aspects, IAspect, Stack } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PullThroughCache, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { count, ENVIRONMENT } from '../apps';
import { alternate, QUICK } from '../measure';
import { digits, report, Result, show } from '../result';

/** As many as ECS allows. */
const CONTAINERS_OF_TASK = 10;
/** A template may have 500 resources, and a task with its roles has three. */
const TASKS_OF_STACK = 100;

const NOTHING: IAspect = { visit: () => {} };

function app(containers: number, redirect: boolean): void {
  const scope = new App({ analyticsReporting: false });
  const cache = new PullThroughCache(new Stack(scope, 'Cache', { env: ENVIRONMENT }), 'Cache', { upstreams: [UpstreamRegistry.quay()] });
  if (redirect) { cache.redirect(scope); } else { Aspects.of(scope).add(NOTHING); }

  let stack: Stack;
  count(containers / CONTAINERS_OF_TASK).forEach((task) => {
    if (task % TASKS_OF_STACK === 0) { stack = new Stack(scope, `Stack${task}`, { env: ENVIRONMENT }); }
    const definition = new FargateTaskDefinition(stack, `Task${task}`, { memoryLimitMiB: 4096, cpu: 1024 });
    count(CONTAINERS_OF_TASK).forEach((index) => definition.addContainer(`container${index}`, {
      image: ContainerImage.fromRegistry(`quay.io/team-${task % 50}/app-${index}:v1`),
      memoryLimitMiB: 256,
    }));
  });
  scope.synth();
}

/** How much time a redirection adds, for each container. */
const measured = (QUICK ? [[20, 1]] : [[100, 20], [1_000, 5], [10_000, 2]]).map(([containers, runs]) => {
  const { ours, theirs, ratio } = alternate(runs, () => app(containers, true), () => app(containers, false));
  const added = { ...ratio, median: ratio.median - 1, low: ratio.low - 1, high: ratio.high - 1 };
  return { containers, added, own: (ours.median - theirs.median) / containers, rendering: theirs.median / containers };
});

const results: Result[] = measured.map(({ containers, added, own, rendering }) => ({
  what: `redirect ${containers.toLocaleString('en')} containers, own cost`,
  against: 'CDK’s rendering of the same container, under an aspect that does nothing',
  ours: `${digits(own * 1000)} µs each`,
  theirs: `${digits(rendering * 1000)} µs each`,
  ratio: show(added),
  aim: 'at most that of CDK',
  met: added.median <= 1,
}));

const [few, many] = [measured.at(-2), measured.at(-1)!];
report(...results, ...few === undefined ? [] : [{
  what: 'redirect, growth of the own cost for each container',
  against: `${few.containers.toLocaleString('en')} containers`,
  ours: `${digits(many.own * 1000)} µs`,
  theirs: `${digits(few.own * 1000)} µs`,
  ratio: digits(many.own / few.own),
  aim: 'linear: at most 1.2 times',
  met: many.own / few.own <= 1.2,
}]);
