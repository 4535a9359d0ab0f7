import type { App } from 'aws-cdk-lib';
import { CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { passBy, redirect } from './redirected';
import { library, newApp, overStacks } from './support';

/** Tasks whose execution role exists, each another: it is known by its ARN alone. */
const tasks = (extend: (app: App) => void) => (roles: number) => {
  const app = newApp();
  extend(app);
  overStacks(app, roles, 200, (stack, index) => {
    new CfnTaskDefinition(stack, `Task${index}`, {
      executionRoleArn: `arn:aws:iam::111122223333:role/execution-${index}`,
      containerDefinitions: [{ name: 'app', image: `quay.io/team-${index % 50}/app:v1` }],
    });
  });
  app.synth();
};

/** Templates with tags, whose role this app makes elsewhere. */
const templates =
  (make: (...of: ConstructorParameters<typeof Role>) => (prefix: string) => void) => (roles: number) => {
    const app = newApp();
    overStacks(app, roles, 150, (stack, index) => {
      make(stack, `Role${index}`, { assumedBy: new ServicePrincipal('ecr.amazonaws.com') })(`team-${index}`);
    });
    app.synth();
  };

function newRole(...[scope, id, props]: ConstructorParameters<typeof Role>): Role {
  const role = new Role(scope, id, props);
  const actions = ['ecr:CreateRepository', 'ecr:TagResource'];
  role.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
  return role;
}

export const tasksOurs = tasks(redirect);
export const tasksTheirs = tasks(passBy);
export const templatesOurs = templates((scope, id, props) => (prefix) => {
  const role = newRole(scope, id, props);
  new (library().RepositoryCreationTemplate)(scope, prefix, { prefix, resourceTags: { team: 'a' }, role });
});
export const templatesTheirs = templates((scope, id, props) => (prefix) => {
  const role = newRole(scope, id, props);
  new CfnRepositoryCreationTemplate(scope, prefix, {
    prefix,
    appliedFor: ['PULL_THROUGH_CACHE'],
    resourceTags: [{ key: 'team', value: 'a' }],
    customRoleArn: role.roleArn,
  }).node.addDependency(role);
});
