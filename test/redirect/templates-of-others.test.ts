import {
  aws_codebuild as codebuild,
  aws_ecs as ecs,
  aws_iam as iam,
  CfnCondition,
  CfnParameter,
  CfnResource,
  Fn,
  Stack,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { newCache, newStack, REGISTRY, resources } from '../support/redirect';

/*
 * What templates have in them that people write by hand, and apps that put constructs of CloudFormation into their own.
 */

const CACHED = `${REGISTRY}/quay/a/b:1`;

const role = (scope: Construct, id: string) =>
  new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });

const task = (scope: Construct, id: string, executionRoleArn: string | undefined, image = 'quay.io/a/b:1') =>
  new ecs.CfnTaskDefinition(scope, id, { executionRoleArn, containerDefinitions: [{ name: 'a', image }] });

/** The names of the roles with a policy for first pulls. */
function pullers(stack: Stack): string[] {
  const policies = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies
    .filter(({ Properties }) => JSON.stringify(Properties).includes('ecr:CreateRepository'))
    .flatMap(({ Properties }) => Properties.Roles)
    .map((name) =>
      JSON.stringify(name.Ref ?? name)
        .replace(/[0-9A-F]{8}"$/, '"')
        .replace(/"/g, ''),
    );
}

describe('the role that a property names gets the permission', () => {
  test('and not the role of the construct that a resource stands in', () => {
    const stack = newStack();
    class Service extends Construct {
      public readonly role = role(this, 'TaskRole');
      public readonly grantPrincipal = this.role.grantPrincipal;
    }
    const service = new Service(stack, 'Service');
    new codebuild.CfnProject(service, 'Project', {
      artifacts: { type: 'NO_ARTIFACTS' },
      source: { type: 'NO_SOURCE' },
      environment: { type: 'LINUX_CONTAINER', computeType: 'BUILD_GENERAL1_SMALL', image: 'quay.io/a/b:1' },
      serviceRole: role(stack, 'BuildRole').roleArn,
    });
    const raw = new iam.CfnRole(service, 'Raw', { assumeRolePolicyDocument: {} });
    task(service, 'Task', raw.attrArn);
    newCache(stack).redirect(stack);
    expect(pullers(stack).sort()).toEqual(['BuildRole', 'ServiceRaw']);
  });

  test.each(['ServiceRole', 'ExecutionRoleArn'])('and not that of an L2 whose %s is overridden', (property) => {
    const stack = newStack();
    const other = role(stack, 'Other').roleArn;
    if (property === 'ServiceRole') {
      const project = new codebuild.Project(stack, 'Project', {
        environment: { buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/a/b:1') },
        buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
      });
      (project.node.defaultChild as CfnResource).addPropertyOverride(property, other);
    } else {
      const definition = new ecs.FargateTaskDefinition(stack, 'Task');
      definition.addContainer('web', { image: ecs.ContainerImage.fromRegistry('quay.io/a/b:1') });
      (definition.node.defaultChild as CfnResource).addPropertyOverride(property, other);
    }
    newCache(stack).redirect(stack);
    expect(pullers(stack)).toEqual(['Other']);
    expect(Object.keys(resources(stack, 'AWS::IAM::Role')).filter((id) => /ExecutionRole/.test(id))).toEqual([]);
  });

  test('under the condition of the role', () => {
    const stack = newStack();
    const condition = new CfnCondition(stack, 'IsThere', { expression: Fn.conditionEquals('a', 'b') });
    const raw = new iam.CfnRole(stack, 'Raw', { assumeRolePolicyDocument: {} });
    const definition = task(stack, 'Task', raw.attrArn);
    [raw, definition].forEach((resource) => (resource.cfnOptions.condition = condition));
    newCache(stack).redirect(stack);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policy.Condition).toBe('IsThere');
  });

  test('where a join has a delimiter', () => {
    const stack = newStack();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    task(stack, 'Task', Fn.join('/', ['arn:aws:iam::111122223333:role', name]));
    newCache(stack).redirect(stack);
    expect(pullers(stack)).toEqual(['Name']);
  });

  test.each(['arn:aws:iam::111122223333:role', 'arn:aws:iam::111122223333:user/somebody', 'no arn'])(
    'unless the ARN is of none: %s',
    (arn) => {
      const stack = newStack();
      task(stack, 'Task', arn);
      const redirection = newCache(stack).redirect(stack);
      expect(pullers(stack)).toEqual([]);
      expect(redirection.report[0].reason).toBe('the role that pulls is not known at synth');
    },
  );
});

test('a service that CloudFormation makes waits with its task definition', () => {
  const stack = newStack();
  const definition = task(stack, 'Task', new iam.CfnRole(stack, 'Raw', { assumeRolePolicyDocument: {} }).attrArn);
  new ecs.CfnService(stack, 'Service', { taskDefinition: definition.ref });
  newCache(stack).redirect(stack);
  const { Task } = Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition');
  expect(Task.DependsOn).toEqual([
    expect.stringMatching(/^PullThroughCacheRuleQuay/),
    expect.stringMatching(/^RawPullRolePolicy/),
  ]);
});

describe('images in functions', () => {
  const image = (value: any) => {
    const stack = newStack();
    new CfnParameter(stack, 'Version');
    const raw = new iam.CfnRole(stack, 'Raw', { assumeRolePolicyDocument: {} });
    task(stack, 'Task', raw.attrArn).addPropertyOverride('ContainerDefinitions.0.Image', value);
    const redirection = newCache(stack).redirect(stack);
    const template = Template.fromStack(stack);
    const [{ Properties }] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    return { now: Properties.ContainerDefinitions[0].Image, report: redirection.report, stack };
  };

  test.each([
    [{ 'Fn::Sub': 'quay.io/a/b:1' }],
    [{ 'Fn::Sub': ['quay.io/a/b:${V}', { V: '1' }] }],
    [{ 'Fn::Join': ['', ['quay.io/', 'a/b:1']] }],
    [{ 'Fn::Join': [':', ['quay.io/a/b', '1']] }],
  ])('that have no variable are redirected: %j', (value) => {
    expect(image(value).now).toBe(CACHED);
  });

  test.each([
    [{ 'Fn::Sub': 'quay.io/a/b:${Version}' }, 'quay.io/a/b:${…}'],
    [{ 'Fn::Sub': 'quay.io/${!Literal}/${Version}' }, 'quay.io/${Literal}/${…}'],
    [{ 'Fn::Join': ['/', ['quay.io', { Ref: 'Version' }]] }, 'quay.io/${…}'],
  ])('whose registry is known escape: %j', (value, shown) => {
    const { now, report } = image(value);
    expect(now).toEqual(value);
    expect(report).toEqual([
      expect.objectContaining({
        image: shown,
        escapes: true,
        reason: 'it is a token, whose value is not known at synth',
      }),
    ]);
  });

  test.each([[{ Ref: 'Version' }], [{ 'Fn::Sub': 'mcr.microsoft.com/a:${Version}' }], [{ 'Fn::Sub': '${Version}/a' }]])(
    'of which nothing is known do not: %j',
    (value) => {
      expect(image(value).report.map(({ image: shown, escapes }) => [shown, escapes])).toEqual([
        ['(token)', undefined],
      ]);
    },
  );
});

test('what cloud-init reads is a text of a resource', () => {
  const stack = newStack();
  const instance = new CfnResource(stack, 'Instance', { type: 'AWS::EC2::Instance', properties: {} });
  instance.addMetadata('AWS::CloudFormation::Init', {
    config: { commands: { run: { command: 'docker run quay.io/a/b:1' } } },
  });
  const redirection = newCache(stack).redirect(stack);
  Template.fromStack(stack);
  expect(redirection.report.map(({ place, image }) => [place, image])).toEqual([
    ['Metadata.AWS::CloudFormation::Init.config.commands.run.command', 'quay.io/a/b:1'],
  ]);
});

describe('definitions of state machines', () => {
  const definition = (properties: any) => {
    const stack = newStack();
    const raw = new iam.CfnRole(stack, 'Raw', { assumeRolePolicyDocument: {} });
    new CfnResource(stack, 'Machine', {
      type: 'AWS::StepFunctions::StateMachine',
      properties: properties(raw.attrArn),
    });
    const redirection = newCache(stack).redirect(stack);
    const template = Template.fromStack(stack).toJSON();
    return { properties: template.Resources.Machine.Properties, report: redirection.report, stack };
  };
  const training = (image: string, arn: string) =>
    `{"S":{"Resource":"arn:aws:states:::sagemaker:createTrainingJob","Parameters":{"RoleArn":"${arn}",` +
    `"Big":12345678901234567890123,"One":1.0,"AlgorithmSpecification":{"TrainingImage":"${image}"}}}}`;

  test('are read where Fn::Sub writes them, and numbers stay to the letter', () => {
    const { properties, stack } = definition((arn: string) => ({
      DefinitionString: Fn.sub(training('quay.io/a/b:1', '${Role}'), { Role: arn }),
    }));
    const text = JSON.stringify(properties.DefinitionString);
    expect(text).toContain(CACHED);
    expect(text).toContain('12345678901234567890123');
    expect(text).toContain('1.0');
    expect(pullers(stack)).toEqual(['Raw']);
  });

  test('are read where a join has a delimiter', () => {
    const { properties } = definition((arn: string) => ({
      DefinitionString: Fn.join('-', [
        training('quay.io/a/b:1', arn).replace('}}}}', ',"N":"job'),
        Fn.ref('AWS::StackName'),
        '1"}}}}',
      ]),
    }));
    expect(JSON.stringify(properties)).toMatch(/"N\\+":\\+"job-",\{"Ref":"AWS::StackName"\},"-1/);
  });

  test('have images and roles among their substitutions', () => {
    const { properties, stack } = definition((arn: string) => ({
      DefinitionString: training('${Image}', '${Role}'),
      DefinitionSubstitutions: { Image: 'quay.io/a/b:1', Role: arn },
    }));
    expect(properties.DefinitionSubstitutions.Image).toBe(CACHED);
    expect(JSON.parse(properties.DefinitionString).S.Parameters.AlgorithmSpecification.TrainingImage).toBe('${Image}');
    expect(pullers(stack)).toEqual(['Raw']);
  });
});

describe('batches of builds', () => {
  const project = (image: string, batch: any, type?: string) => {
    const stack = newStack();
    new CfnResource(stack, 'Project', {
      type: 'AWS::CodeBuild::Project',
      properties: {
        ServiceRole: role(stack, 'Role').roleArn,
        Environment: { Image: image, ImagePullCredentialsType: type },
        Source: { BuildSpec: JSON.stringify({ batch }) },
      },
    });
    const redirection = newCache(stack).redirect(stack);
    const { Project } = resources(stack, 'AWS::CodeBuild::Project');
    return { ...Project, spec: JSON.parse(Project.Source.BuildSpec).batch, report: redirection.report };
  };

  test('with an image of CodeBuild keep all images of the project', () => {
    const batch = { 'build-list': [{ env: { image: 'aws/codebuild/standard:7.0' } }] };
    const { Environment, report } = project('quay.io/a/b:1', batch, 'CODEBUILD');
    expect(Environment).toEqual({ Image: 'quay.io/a/b:1', ImagePullCredentialsType: 'CODEBUILD' });
    expect(report[0].reason).toMatch(/^an image of CodeBuild is pulled with the credentials of CodeBuild/);
  });

  test('may have lists of images, and others than lists of builds', () => {
    const matrix = { dynamic: { env: { image: ['quay.io/a/b:1', 'quay.io/a/c:1'] } } };
    const { spec, Environment } = project('quay.io/a/b:1', { 'build-matrix': matrix, 'build-list': { a: {} } });
    expect(spec['build-matrix'].dynamic.env.image).toEqual([CACHED, `${REGISTRY}/quay/a/c:1`]);
    expect(Environment.ImagePullCredentialsType).toBe('SERVICE_ROLE');
  });
});

test('a name that sam build makes is no image of Docker Hub', () => {
  const stack = newStack();
  new CfnResource(stack, 'Function', {
    type: 'AWS::Serverless::Function',
    properties: { PackageType: 'Image', ImageUri: 'workflow:latest' },
  });
  const redirection = newCache(stack).redirect(stack);
  Template.fromStack(stack);
  expect(redirection.report).toEqual([]);
});

test('a recipe stays that a pipeline may build whose recipe is not known', () => {
  const stack = newStack();
  const recipe = new CfnResource(stack, 'Recipe', {
    type: 'AWS::ImageBuilder::ContainerRecipe',
    properties: { ParentImage: 'quay.io/a/b:1' },
  });
  const profile = new iam.CfnInstanceProfile(stack, 'Profile', { roles: [role(stack, 'Role').roleName] });
  const infrastructure = (id: string, InstanceProfileName: string) =>
    new CfnResource(stack, id, {
      type: 'AWS::ImageBuilder::InfrastructureConfiguration',
      properties: { InstanceProfileName },
    });
  const pipeline = (id: string, ContainerRecipeArn: any, settings: CfnResource) =>
    new CfnResource(stack, id, {
      type: 'AWS::ImageBuilder::ImagePipeline',
      properties: { ContainerRecipeArn, InfrastructureConfigurationArn: settings.ref },
    });
  new CfnCondition(stack, 'C', { expression: Fn.conditionEquals('a', 'b') });
  pipeline('One', recipe.ref, infrastructure('Known', profile.ref));
  pipeline('Two', Fn.conditionIf('C', recipe.ref, 'other'), infrastructure('Named', 'named'));
  const redirection = newCache(stack).redirect(stack);
  expect(resources(stack, 'AWS::ImageBuilder::ContainerRecipe').Recipe.ParentImage).toBe('quay.io/a/b:1');
  expect(redirection.report[0].reason).toMatch(/^no pipeline or image of this app builds the recipe/);
});
