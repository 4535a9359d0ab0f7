import type { App } from 'aws-cdk-lib';
import { ContainerDefinitionOptions, ContainerImage, FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import { ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { passBy, redirect } from './redirected';
import { newApp, numbers, overStacks } from './support';

/** A template may have 500 resources, and a task with its roles and its policy has four. */
const TASKS_OF_STACK = 100;

/** What the containers are like. */
interface Fixture {
  readonly ofTask: number;
  readonly container: (index: number, logGroup: ILogGroup) => Partial<ContainerDefinitionOptions>;
}

/** As people have them: an application and a sidecar with logs, for which CDK makes the role on both sides. */
const USUAL: Fixture = {
  ofTask: 2,
  container: (index, logGroup) => ({
    logging: LogDrivers.awsLogs({ streamPrefix: `container${index}`, logGroup }),
    portMappings: [{ containerPort: 8080 + index }],
    environment: { NODE_ENV: 'production', LOG_LEVEL: 'info' },
  }),
};

/** Nothing but images, as many in a task as ECS allows: only the redirection makes an execution role. */
const BARE: Fixture = { ofTask: 10, container: () => ({}) };

const appWith =
  ({ ofTask, container }: Fixture, extend: (app: App) => void) =>
  (containers: number) => {
    const app = newApp();
    extend(app);
    overStacks(app, containers / ofTask, TASKS_OF_STACK, (stack, task) => {
      const logGroup = (stack.node.tryFindChild('Logs') as LogGroup | undefined) ?? new LogGroup(stack, 'Logs');
      const definition = new FargateTaskDefinition(stack, `Task${task}`, { memoryLimitMiB: 4096, cpu: 1024 });
      numbers(ofTask).forEach((index) =>
        definition.addContainer(`container${index}`, {
          image: ContainerImage.fromRegistry(`quay.io/team-${task % 50}/app-${index}:v1`),
          memoryLimitMiB: 256,
          ...container(index, logGroup),
        }),
      );
    });
    app.synth();
  };

export const ours = appWith(USUAL, redirect);
export const theirs = appWith(USUAL, passBy);
export const bareOurs = appWith(BARE, redirect);
export const bareTheirs = appWith(BARE, passBy);
