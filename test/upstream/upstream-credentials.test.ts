import { execFileSync } from 'child_process';
import {
  Annotations,
  App,
  Aws,
  CfnParameter,
  CfnResource,
  Lazy,
  NestedStack,
  RemovalPolicy,
  SecretValue,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { Annotations as FoundAnnotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import * as fc from 'fast-check';
import { UpstreamCredentials, UpstreamRegistry } from '../../src';
import { runs } from '../support/runs';
import {
  ACCOUNT,
  ack,
  homeStack,
  HOME,
  makeRule,
  onlyResource,
  openStack,
  OTHER_ACCOUNT,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  RULE,
  SECRET,
  templateWithoutMetadata,
  useCredentials,
  warningsOf,
} from '../support/util';

const arnOf = (name: string, { account = ACCOUNT, region = REGION } = {}) =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;
const TOKEN = SecretValue.secretsManager('vault', { jsonField: 'token' });
const newSecret = (secretName?: string) =>
  UpstreamCredentials.newSecret({ username: 'me', accessToken: TOKEN, secretName });

/** The output that fills in the only placeholder of a stack. */
function fillCommand(stack: Stack): string {
  const outputs = Object.values(Template.fromStack(stack).findOutputs('*')) as { Value: string }[];
  expect(outputs).toHaveLength(1);
  return outputs[0].Value;
}

/** The arguments with which a shell calls `aws` for a command. */
function argumentsInShell(command: string): string[] {
  return execFileSync('bash', ['-c', `aws() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('a secret that exists', () => {
  test('by its name: the ARN without a suffix, in the account and region of the rule', () => {
    const stack = homeStack();
    const rule = useCredentials(stack, UpstreamCredentials.fromSecretName('token'));
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toEqual({
      'Fn::Join': [
        '',
        ['arn:', { Ref: 'AWS::Partition' }, `:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/token`],
      ],
    });
    expect(resourcesOf(stack, SECRET)).toEqual({});
    expect(rule.credentialsSecret?.secretName).toBe('ecr-pullthroughcache/token');
  });

  test('by its name: it has the prefix once', () => {
    const [one, other] = [homeStack(), homeStack()];
    useCredentials(one, UpstreamCredentials.fromSecretName('token'));
    useCredentials(other, UpstreamCredentials.fromSecretName('ecr-pullthroughcache/token'));
    expect(propertiesOf(one, RULE)).toEqual(propertiesOf(other, RULE));
  });

  test('by its name, which is a token', () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.fromSecretName(new CfnParameter(stack, 'Name').valueAsString));
    expect(JSON.stringify(onlyResource(stack, RULE).Properties.CredentialArn)).toContain(
      ':secret:ecr-pullthroughcache/",{"Ref":"Name"}',
    );
  });

  test('by its complete ARN', () => {
    const stack = homeStack();
    const arn = arnOf('ecr-pullthroughcache/token-AbC123');
    const rule = useCredentials(stack, UpstreamCredentials.fromSecretCompleteArn(arn));
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toBe(arn);
    expect(rule.credentialsSecret?.secretArn).toBe(arn);
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack, arn: string) => UpstreamCredentials]>([
    ['fromSecretCompleteArn', (_, arn) => UpstreamCredentials.fromSecretCompleteArn(arn)],
    [
      'fromSecret of a complete ARN',
      (stack, arn) => UpstreamCredentials.fromSecret(Secret.fromSecretCompleteArn(stack, 'Secret', arn)),
    ],
    [
      'fromSecret of a partial ARN',
      (stack, arn) => UpstreamCredentials.fromSecret(Secret.fromSecretPartialArn(stack, 'Secret', arn)),
    ],
  ])('%s: an ARN that is a token', (_, credentials) => {
    const stack = homeStack();
    useCredentials(stack, credentials(stack, new CfnParameter(stack, 'Arn').valueAsString));
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toEqual({ Ref: 'Arn' });
    expect(warningsOf(stack)).toEqual([]);
  });

  test('an ARN that is lazy passes untouched, whatever it turns out to be', () => {
    const stack = homeStack();
    const arn = arnOf('elsewhere', { account: OTHER_ACCOUNT });
    useCredentials(stack, UpstreamCredentials.fromSecretCompleteArn(Lazy.string({ produce: () => arn })));
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toBe(arn);
  });

  test('an ARN whose account and region are tokens', () => {
    const stack = homeStack();
    const [account, region] = ['Account', 'Region'].map((id) => new CfnParameter(stack, id).valueAsString);
    useCredentials(
      stack,
      UpstreamCredentials.fromSecretCompleteArn(arnOf('ecr-pullthroughcache/token-AbC123', { account, region })),
    );
    expect(JSON.stringify(onlyResource(stack, RULE).Properties.CredentialArn)).toContain(
      '{"Ref":"Region"},":",{"Ref":"Account"}',
    );
  });

  test('any account and region where those of the rule are open', () => {
    const stack = openStack();
    const arn = arnOf('ecr-pullthroughcache/token-AbC123', { account: OTHER_ACCOUNT, region: 'us-east-1' });
    useCredentials(stack, UpstreamCredentials.fromSecretCompleteArn(arn));
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toBe(arn);
  });

  test('that the app makes in its own way', () => {
    const stack = homeStack();
    const secret = new Secret(stack, 'Secret', {
      secretName: 'ecr-pullthroughcache/own',
      secretObjectValue: { username: SecretValue.unsafePlainText('me'), accessToken: TOKEN },
    });
    const rule = useCredentials(stack, UpstreamCredentials.fromSecret(secret));
    expect(rule.credentialsSecret).toBe(secret);
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toEqual({ Ref: onlyResource(stack, SECRET).logicalId });
    expect(warningsOf(stack)).toEqual([]);
  });

  test('that the app makes under a name that is a token', () => {
    const stack = homeStack();
    const secret = new Secret(stack, 'Secret', {
      secretName: new CfnParameter(stack, 'Name').valueAsString,
      secretStringValue: TOKEN,
    });
    expect(() => useCredentials(stack, UpstreamCredentials.fromSecret(secret))).not.toThrow();
  });

  test('serves several rules and stacks', () => {
    const app = new App();
    const credentials = UpstreamCredentials.fromSecretName('token');
    const stacks = [homeStack(app, 'One'), homeStack(app, 'Two')];
    stacks.forEach((stack) =>
      ['a', 'b'].forEach((prefix) => useCredentials(stack, credentials, `${stack.node.id.toLowerCase()}/${prefix}`)),
    );
    for (const stack of stacks) {
      const [a, b] = propertiesOf(stack, RULE);
      expect(a.CredentialArn).toEqual(b.CredentialArn);
    }
  });
});

describe('refused', () => {
  const made = (props: ConstructorParameters<typeof Secret>[2]) => (stack: Stack) =>
    UpstreamCredentials.fromSecret(new Secret(stack, 'Secret', { secretName: 'ecr-pullthroughcache/own', ...props }));
  const keyed = (change: (secret: CfnSecret, stack: Stack) => void) => (stack: Stack) => {
    const secret = new Secret(stack, 'Secret', { secretName: 'ecr-pullthroughcache/own' });
    change(secret.node.defaultChild as CfnSecret, stack);
    return UpstreamCredentials.fromSecret(secret);
  };
  const customerKey = [
    'ECR cannot read a secret that is encrypted with a customer managed key',
    'allowed: the default key alias/aws/secretsmanager',
    'to fix: create the secret without an encryptionKey',
  ];
  const badName = (name: string, fix: string) => [
    'ECR does not read a secret of this name',
    `got ${JSON.stringify(name)}`,
    'allowed: "ecr-pullthroughcache/" followed by letters, digits and any of / _ + = . @ -; at most 512 characters ' +
      'in all',
    `to fix: ${fix}`,
  ];
  const account = [
    'the secret is of another account than the rule',
    `got "${OTHER_ACCOUNT}"`,
    `allowed: ${ACCOUNT}`,
    'to fix: create a secret with the same value in the account of the rule',
  ];
  const region = [
    'the secret is in another region than the rule',
    'got "us-east-1"',
    `allowed: ${REGION}`,
    'to fix: replicate the secret to the region of the rule, and name the replica',
  ];
  const renamed =
    'create the secret under a name such as "ecr-pullthroughcache/docker-hub"; a secret cannot be renamed';

  test.each<[string, (stack: Stack) => UpstreamCredentials, string[]]>([
    [
      'a made secret without the prefix',
      made({ secretName: 'token' }),
      badName('token', 'create the secret as "ecr-pullthroughcache/token"; a secret cannot be renamed'),
    ],
    [
      'an imported secret without the prefix',
      (stack) => UpstreamCredentials.fromSecret(Secret.fromSecretNameV2(stack, 'Secret', 'token')),
      badName('token', 'create the secret as'),
    ],
    [
      'a complete ARN without the prefix',
      () => UpstreamCredentials.fromSecretCompleteArn(arnOf('token-AbC123')),
      badName('token', 'create the secret as "ecr-pullthroughcache/token"'),
    ],
    [
      'a partial ARN without the prefix',
      (stack) => UpstreamCredentials.fromSecret(Secret.fromSecretPartialArn(stack, 'Secret', arnOf('token'))),
      badName('token', 'create the secret as'),
    ],
    [
      'an existing name with other characters',
      () => UpstreamCredentials.fromSecretName('my token'),
      badName('ecr-pullthroughcache/my token', renamed),
    ],
    [
      'an ARN for a name',
      () => UpstreamCredentials.fromSecretName(arnOf('ecr-pullthroughcache/token-a1B2c3')),
      badName(
        arnOf('ecr-pullthroughcache/token-a1B2c3'),
        'this is an ARN: use UpstreamCredentials.fromSecretCompleteArn',
      ),
    ],
    [
      'an ARN with tokens for a name',
      () => UpstreamCredentials.fromSecretName(`arn:${Aws.PARTITION}:secretsmanager:eu-west-1:1:secret:token`),
      ['to fix: this is an ARN: use UpstreamCredentials.fromSecretCompleteArn'],
    ],
    ['a new name with other characters', () => newSecret('tök'), badName('ecr-pullthroughcache/tök', renamed)],
    [
      'a placeholder name with other characters',
      () => UpstreamCredentials.placeholder({ secretName: 'a!b' }),
      badName('ecr-pullthroughcache/a!b', renamed),
    ],
    [
      'a made name with other characters',
      made({ secretName: 'ecr-pullthroughcache/a:b' }),
      badName('ecr-pullthroughcache/a:…', renamed),
    ],
    ['an empty existing name', () => UpstreamCredentials.fromSecretName(''), badName('ecr-pullthroughcache/', renamed)],
    ['an empty new name', () => newSecret(''), badName('ecr-pullthroughcache/', renamed)],
    [
      'an existing name that is too long',
      () => UpstreamCredentials.fromSecretName('x'.repeat(492)),
      ['(513 characters)', 'to fix: shorten the name to 512 characters'],
    ],
    [
      'a new name that is too long',
      () => newSecret('x'.repeat(492)),
      ['at most 512 characters in all', 'to fix: shorten the name to 512 characters'],
    ],
    [
      'a made secret whose name CloudFormation makes up',
      made({ secretName: undefined }),
      [
        'the secret Stack/Secret/Resource has no secretName',
        'to fix: give it a secretName that begins with "ecr-pullthroughcache/"',
      ],
    ],
    ['a made secret with a key', (stack) => made({ encryptionKey: new Key(stack, 'Key') })(stack), customerKey],
    [
      'a made secret with an imported key',
      (stack) =>
        made({ encryptionKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`) })(stack),
      customerKey,
    ],
    [
      'a made secret with an alias',
      (stack) => made({ encryptionKey: Alias.fromAliasName(stack, 'Key', 'alias/mine') })(stack),
      customerKey,
    ],
    [
      'an alias that only ends like the default one',
      (stack) => made({ encryptionKey: Alias.fromAliasName(stack, 'Key', 'alias/my-alias/aws/secretsmanager') })(stack),
      customerKey,
    ],
    [
      'a made secret with a kmsKeyId',
      keyed((secret) => {
        secret.kmsKeyId = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;
      }),
      customerKey,
    ],
    [
      'a made secret with the kmsKeyId of a key of the stack',
      keyed((secret, stack) => {
        secret.kmsKeyId = new Key(stack, 'Key').keyArn;
      }),
      customerKey,
    ],
    [
      'an imported secret with a key',
      (stack) =>
        UpstreamCredentials.fromSecret(
          Secret.fromSecretAttributes(stack, 'Secret', {
            secretCompleteArn: arnOf('ecr-pullthroughcache/token-AbC123'),
            encryptionKey: new Key(stack, 'Key'),
          }),
        ),
      customerKey,
    ],
    [
      'a complete ARN of another account',
      () =>
        UpstreamCredentials.fromSecretCompleteArn(
          arnOf('ecr-pullthroughcache/token-AbC123', { account: OTHER_ACCOUNT }),
        ),
      account,
    ],
    [
      'a complete ARN of another region',
      () =>
        UpstreamCredentials.fromSecretCompleteArn(arnOf('ecr-pullthroughcache/token-AbC123', { region: 'us-east-1' })),
      region,
    ],
    [
      'a partial ARN of another account and region',
      (stack) =>
        UpstreamCredentials.fromSecret(
          Secret.fromSecretPartialArn(
            stack,
            'Secret',
            arnOf('ecr-pullthroughcache/token', { account: OTHER_ACCOUNT, region: 'us-east-1' }),
          ),
        ),
      [...account, ...region],
    ],
    [
      'a secret of a stack in another region',
      (stack) =>
        UpstreamCredentials.fromSecret(
          new Secret(
            new Stack(stack.node.root as App, 'Far', { env: { account: ACCOUNT, region: 'us-east-1' } }),
            'Secret',
            { secretName: 'ecr-pullthroughcache/token' },
          ),
        ),
      region,
    ],
    [
      'a complete ARN that is not complete',
      () => UpstreamCredentials.fromSecretCompleteArn(arnOf('ecr-pullthroughcache/token')),
      [
        'not the complete ARN of a secret',
        'allowed: arn:<partition>:secretsmanager:<region>:<account>:secret:ecr-pullthroughcache/<name>-<6 characters>',
        'to fix: copy the ARN from Secrets Manager, or use UpstreamCredentials.fromSecretName',
      ],
    ],
    [
      'the ARN of something else',
      () => UpstreamCredentials.fromSecretCompleteArn(`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/token-AbC123`),
      ['not the complete ARN of a secret', 'to fix: copy the ARN'],
    ],
    [
      'a name instead of an ARN',
      () => UpstreamCredentials.fromSecretCompleteArn('ecr-pullthroughcache/token-AbC123'),
      ['not the complete ARN of a secret', 'to fix: copy the ARN'],
    ],
    [
      'an SSM secure string',
      () => UpstreamCredentials.newSecret({ username: 'me', accessToken: SecretValue.ssmSecure('/token', '1') }),
      [
        'CloudFormation does not resolve SecretValue.ssmSecure in a secret',
        'to fix: keep the token in Secrets Manager',
        'UpstreamCredentials.placeholder()',
      ],
    ],
  ])('%s', (_, credentials, parts) => {
    const stack = homeStack();
    const upstream = UpstreamRegistry.dockerHub(credentials(stack));
    const message = refusal(() => makeRule(stack, 'Rule', { upstream }));
    for (const part of parts) {
      expect(message).toContain(part);
    }
    expect(message).toContain('[at Stack/Rule]');
  });

  test.each<[string, (stack: Stack) => ISecret]>([
    [
      'an alias',
      (stack) =>
        new Secret(stack, 'Secret', {
          secretName: 'ecr-pullthroughcache/own',
          secretStringValue: TOKEN,
          encryptionKey: Alias.fromAliasName(stack, 'Key', 'alias/aws/secretsmanager'),
        }),
    ],
    [
      'a kmsKeyId',
      (stack) => {
        const secret = new Secret(stack, 'Secret', {
          secretName: 'ecr-pullthroughcache/own',
          secretStringValue: TOKEN,
        });
        (secret.node.defaultChild as CfnSecret).kmsKeyId = 'alias/aws/secretsmanager';
        return secret;
      },
    ],
    [
      'the ARN of an alias',
      (stack) =>
        Secret.fromSecretAttributes(stack, 'Secret', {
          secretCompleteArn: arnOf('ecr-pullthroughcache/token-AbC123'),
          encryptionKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:alias/aws/secretsmanager`),
        }),
    ],
  ])('but not the default key, given as %s', (_, secret) => {
    const stack = homeStack();
    expect(() => useCredentials(stack, UpstreamCredentials.fromSecret(secret(stack)))).not.toThrow();
  });

  test('two different credentials with the same secret name', () => {
    const stack = homeStack();
    useCredentials(stack, newSecret('shared'), 'one');
    const message = refusal(() =>
      useCredentials(stack, UpstreamCredentials.placeholder({ secretName: 'ecr-pullthroughcache/shared' }), 'two'),
    );
    expect(message).toContain('the secret of Stack/one/Credentials has the same name');
    expect(message).toContain('got "ecr-pullthroughcache/shared"');
    expect(message).toContain(
      'to fix: give both rules the same UpstreamCredentials object, or one of them another secretName',
    );
    expect(message).toContain('[at Stack/two]');
  });

  test('two different credentials with the same secret name, in two stacks of an environment', () => {
    const app = new App();
    useCredentials(homeStack(app, 'One'), newSecret('shared'), 'one');
    expect(refusal(() => useCredentials(homeStack(app, 'Two'), newSecret('shared'), 'two'))).toContain('the same name');
  });

  test('but not the same secret name in two environments', () => {
    const app = new App();
    useCredentials(homeStack(app, 'One'), newSecret('shared'));
    const far = new Stack(app, 'Two', { env: { account: ACCOUNT, region: 'us-east-1' } });
    useCredentials(far, newSecret('shared'));
    expect(onlyResource(far, SECRET).Properties.Name).toBe('ecr-pullthroughcache/shared');
  });
});

describe('warned', () => {
  const owned = (props: ConstructorParameters<typeof Secret>[2]) => (stack: Stack) =>
    UpstreamCredentials.fromSecret(new Secret(stack, 'Secret', { secretName: 'ecr-pullthroughcache/own', ...props }));
  const plain = (text: string) => SecretValue.unsafePlainText(text);

  test.each<[string, string, (stack: Stack) => UpstreamCredentials, string[]]>([
    [
      'an access token in plain text',
      'UpstreamCredentials.plainTextToken',
      () => UpstreamCredentials.newSecret({ username: 'me', accessToken: plain('hunter2') }),
      [
        'SecretValue.secretsManager(...)',
        'SecretValue.cfnParameter(...) of a parameter with noEcho',
        'UpstreamCredentials.placeholder()',
      ],
    ],
    [
      'a name that ends like a suffix',
      'UpstreamCredentials.ambiguousPartialArn',
      () => UpstreamCredentials.fromSecretName('docker-string'),
      ['"ecr-pullthroughcache/docker-string"', 'use UpstreamCredentials.fromSecretCompleteArn'],
    ],
    [
      'a partial ARN that ends like a suffix',
      'UpstreamCredentials.ambiguousPartialArn',
      (stack) =>
        UpstreamCredentials.fromSecret(
          Secret.fromSecretPartialArn(stack, 'Secret', arnOf('ecr-pullthroughcache/docker-AbC123')),
        ),
      ['"ecr-pullthroughcache/docker-AbC123"', 'use UpstreamCredentials.fromSecretCompleteArn'],
    ],
    [
      'a secret with other keys',
      'UpstreamCredentials.secretKeys',
      owned({ secretObjectValue: { username: plain('me'), password: TOKEN } }),
      ['without the key accessToken', 'use UpstreamCredentials.newSecret'],
    ],
    [
      'a secret that is generated without keys',
      'UpstreamCredentials.secretKeys',
      owned({}),
      ['without the keys username and accessToken', 'use UpstreamCredentials.newSecret'],
    ],
    [
      'a secret that is generated with another key',
      'UpstreamCredentials.secretKeys',
      owned({ generateSecretString: { secretStringTemplate: '{"username":"me"}', generateStringKey: 'password' } }),
      ['without the key accessToken'],
    ],
    [
      'a secret that is no JSON',
      'UpstreamCredentials.secretKeys',
      owned({ secretStringValue: plain('hunter2') }),
      ['without the keys username and accessToken'],
    ],
    [
      'a secret that is other JSON',
      'UpstreamCredentials.secretKeys',
      owned({ secretStringValue: plain('["username"]') }),
      ['without the keys username and accessToken'],
    ],
    [
      'a secret that is null in JSON',
      'UpstreamCredentials.secretKeys',
      owned({ secretStringValue: plain('null') }),
      ['without the keys username and accessToken'],
    ],
  ])('%s: %s', (_, id, credentials, parts) => {
    const stack = homeStack();
    useCredentials(stack, credentials(stack));
    const [warning, ...others] = warningsOf(stack);
    expect(others).toEqual([]);
    for (const part of parts) {
      expect(warning).toContain(part);
    }
    expect(warning).toContain(ack(id));
    expect(warning).not.toContain('hunter2');

    Annotations.of(stack).acknowledgeWarning(`cdk-ecr-pull-through-cache:${id}`);
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => UpstreamCredentials]>([
    ['a token in another secret', () => newSecret()],
    [
      'a token in a parameter',
      (stack) =>
        UpstreamCredentials.newSecret({
          username: 'me',
          accessToken: SecretValue.cfnParameter(new CfnParameter(stack, 'Token', { noEcho: true })),
        }),
    ],
    [
      'a token of a resource',
      (stack) =>
        UpstreamCredentials.newSecret({
          username: 'me',
          accessToken: SecretValue.resourceAttribute(
            new CfnResource(stack, 'Vendor', { type: 'Custom::Vendor' }).getAtt('Token').toString(),
          ),
        }),
    ],
    ['a placeholder', () => UpstreamCredentials.placeholder()],
    ['a name', () => UpstreamCredentials.fromSecretName('token')],
    [
      'a complete ARN',
      () => UpstreamCredentials.fromSecretCompleteArn(arnOf('ecr-pullthroughcache/docker-string-AbC123')),
    ],
    ['a secret with the keys', owned({ secretObjectValue: { username: plain('me'), accessToken: TOKEN } })],
    [
      'a secret that is generated with the keys',
      owned({ generateSecretString: { secretStringTemplate: '{"username":"me"}', generateStringKey: 'accessToken' } }),
    ],
    ['a secret whose value is a token', owned({ secretStringValue: TOKEN })],
  ])('not %s', (_, credentials) => {
    const stack = homeStack();
    useCredentials(stack, credentials(stack));
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('a new secret', () => {
  test('has exactly username and accessToken, the name of the prefix, and the key that ECR can read', () => {
    const stack = homeStack();
    const rule = useCredentials(stack, newSecret());
    const secret = onlyResource(stack, SECRET);
    expect(secret.Properties).toEqual({
      Name: 'ecr-pullthroughcache/docker-hub',
      SecretString: '{"username":"me","accessToken":"{{resolve:secretsmanager:vault:SecretString:token::}}"}',
    });
    expect(onlyResource(stack, RULE).Properties.CredentialArn).toEqual({ Ref: secret.logicalId });
    expect(rule.credentialsSecret).toBeDefined();
    expect(Template.fromStack(stack).findOutputs('*')).toEqual({});
  });

  test.each([
    ['token', 'ecr-pullthroughcache/token'],
    ['ecr-pullthroughcache/token', 'ecr-pullthroughcache/token'],
    ['ecr-pullthroughcache/ecr-pullthroughcache/token', 'ecr-pullthroughcache/ecr-pullthroughcache/token'],
    [undefined, 'ecr-pullthroughcache/team/hub'],
  ])('that is called %s has the name %s', (secretName, name) => {
    for (const credentials of [newSecret(secretName), UpstreamCredentials.placeholder({ secretName })]) {
      const stack = homeStack();
      useCredentials(stack, credentials, 'team/hub/');
      expect(onlyResource(stack, SECRET).Properties.Name).toBe(name);
    }
  });

  test('of a username and a token that are CDK tokens', () => {
    const stack = homeStack();
    useCredentials(
      stack,
      UpstreamCredentials.newSecret({
        username: new CfnParameter(stack, 'User').valueAsString,
        accessToken: SecretValue.cfnParameter(new CfnParameter(stack, 'Token', { noEcho: true })),
      }),
    );
    expect(onlyResource(stack, SECRET).Properties.SecretString).toEqual({
      'Fn::Join': ['', ['{"username":"', { Ref: 'User' }, '","accessToken":"', { Ref: 'Token' }, '"}']],
    });
  });

  test('of any username is JSON with exactly two keys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (username) => {
        const stack = homeStack();
        useCredentials(stack, UpstreamCredentials.newSecret({ username, accessToken: TOKEN }));
        const value = stack.resolve(
          (stack.node.findChild('Hub').node.findChild('Credentials').node.defaultChild as CfnSecret).secretString,
        );
        expect(JSON.parse(value)).toEqual({
          username,
          accessToken: '{{resolve:secretsmanager:vault:SecretString:token::}}',
        });
      }),
      runs(500),
    );
  });

  test('under a name that is a token falls back to the id of CDK', () => {
    const stack = homeStack();
    const secretName = new CfnParameter(stack, 'Name').valueAsString;
    useCredentials(stack, newSecret(secretName));
    const secret = onlyResource(stack, SECRET);
    expect(secret.Properties.Name).toEqual({ 'Fn::Join': ['', ['ecr-pullthroughcache/', { Ref: 'Name' }]] });
    expect(secret.logicalId).toMatch(/^HubCredentials/);
  });

  test('of a rule whose prefix is a token has that name', () => {
    const stack = homeStack();
    useCredentials(stack, newSecret(), new CfnParameter(stack, 'Prefix').valueAsString, 'Rule');
    expect(onlyResource(stack, SECRET).Properties.Name).toEqual({
      'Fn::Join': ['', ['ecr-pullthroughcache/', { Ref: 'Prefix' }]],
    });
  });

  test.each([
    // What was filled in by hand is nowhere else.
    [undefined, 'Delete', 'RetainExceptOnCreate'],
    [RemovalPolicy.DESTROY, 'Delete', 'Delete'],
    [RemovalPolicy.RETAIN, 'Retain', 'Retain'],
  ])('with the removal policy %s', (removalPolicy, ...deletions) => {
    const credentials = [
      UpstreamCredentials.newSecret({ username: 'me', accessToken: TOKEN, removalPolicy }),
      UpstreamCredentials.placeholder({ removalPolicy }),
    ];
    expect(
      credentials.map((one) => {
        const stack = homeStack();
        useCredentials(stack, one);
        return onlyResource(stack, SECRET).DeletionPolicy;
      }),
    ).toEqual(deletions);
  });
});

describe('a placeholder', () => {
  const NASTY = [
    'me',
    "o'brien",
    '"quoted"',
    'back\\slash',
    '$(touch /tmp/x) `id` $HOME',
    "'; rm -rf x; '",
    'naïve ☃ 日本',
    '<username>',
    'robot$ci',
    '!history',
    'a b\tc',
    '--flag',
  ];

  test('generates a token in a value that never changes, whatever the username', () => {
    const values = [undefined, ...NASTY].map((username) => {
      const stack = homeStack();
      useCredentials(stack, UpstreamCredentials.placeholder({ username }));
      return onlyResource(stack, SECRET).Properties;
    });
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(1);
    expect(Object.keys(values[0]).sort()).toEqual(['GenerateSecretString', 'Name']);
    const { SecretStringTemplate: template, GenerateStringKey: key } = values[0].GenerateSecretString;
    expect(Object.keys({ ...JSON.parse(template), [key]: '' }).sort()).toEqual(['accessToken', 'username']);
    // A change of this block would overwrite what was filled in: it stays for ever.
    expect(values[0].GenerateSecretString).toEqual({
      SecretStringTemplate: '{"username":"placeholder"}',
      GenerateStringKey: 'accessToken',
      ExcludePunctuation: true,
    });
  });

  test('has an output with the exact command', () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder({ username: 'me' }));
    expect(fillCommand(stack)).toBe(
      'aws secretsmanager put-secret-value --region eu-west-1 --secret-id ecr-pullthroughcache/docker-hub ' +
        '--secret-string \'{"username":"me","accessToken":"<access token>"}\'',
    );
  });

  test('asks for the username where it is not given', () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder());
    expect(fillCommand(stack)).toContain('{"username":"<username>","accessToken":"<access token>"}');
  });

  test('names the region of the deployment where the stack leaves it open', () => {
    const stack = openStack();
    useCredentials(stack, UpstreamCredentials.placeholder());
    expect(fillCommand(stack)).toEqual({
      'Fn::Join': [
        '',
        [
          'aws secretsmanager put-secret-value --region ',
          { Ref: 'AWS::Region' },
          expect.stringMatching(/^ --secret-id ecr-pullthroughcache\/docker-hub /),
        ],
      ],
    });
  });

  test.each(NASTY)('has a command that a shell passes on intact: %j', (username) => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder({ username, secretName: 'a+b=c@d/e_f.g-h' }));
    const called = argumentsInShell(fillCommand(stack));
    expect(called.slice(0, -1)).toEqual([
      'secretsmanager',
      'put-secret-value',
      '--region',
      REGION,
      '--secret-id',
      'ecr-pullthroughcache/a+b=c@d/e_f.g-h',
      '--secret-string',
    ]);
    expect(JSON.parse(called[7])).toEqual({ username, accessToken: '<access token>' });
  });

  test('has an output of its own for each secret', () => {
    const stack = homeStack();
    for (const prefix of ['one', 'two']) {
      useCredentials(stack, UpstreamCredentials.placeholder(), prefix);
    }
    expect(Object.keys(Template.fromStack(stack).findOutputs('*'))).toHaveLength(2);
  });
});

test('no token is in a template, nor in an output', () => {
  const app = new App();
  const stack = homeStack(app);
  useCredentials(stack, newSecret(), 'new');
  useCredentials(
    stack,
    UpstreamCredentials.newSecret({
      username: 'me',
      accessToken: SecretValue.cfnParameter(new CfnParameter(stack, 'Token', { noEcho: true })),
    }),
    'parameter',
  );
  useCredentials(stack, UpstreamCredentials.placeholder(), 'placeholder');
  const template = JSON.stringify(app.synth().getStackByName('Stack').template);
  const tokens = [...template.matchAll(/accessToken\\":\\"(.*?)["\\]/g)].map(([, token]) => token);
  // Of the parameter, the string ends there and a reference follows.
  expect(tokens.sort()).toEqual(['', '<access token>', '{{resolve:secretsmanager:vault:SecretString:token::}}']);
});

describe('one credentials object', () => {
  test.each<[string, () => UpstreamCredentials]>([
    ['newSecret', () => newSecret('shared')],
    ['placeholder', () => UpstreamCredentials.placeholder({ secretName: 'shared' })],
  ])('on several rules of a stack makes one secret: %s', (_, credentials) => {
    const stack = homeStack();
    const shared = credentials();
    const rules = ['one', 'two', 'three'].map((prefix) => useCredentials(stack, shared, prefix));
    const { logicalId, Properties } = onlyResource(stack, SECRET);
    expect(Properties.Name).toBe('ecr-pullthroughcache/shared');
    expect(propertiesOf(stack, RULE).map((rule) => rule.CredentialArn)).toEqual(Array(3).fill({ Ref: logicalId }));
    expect(new Set(rules.map((rule) => rule.credentialsSecret)).size).toBe(1);
  });

  test('without a name asks for one where the prefixes of its rules differ', () => {
    const stack = homeStack();
    const shared = UpstreamCredentials.placeholder();
    useCredentials(stack, shared, 'one');
    expect(() => useCredentials(stack, shared, 'two')).toThrow(
      /rules of different prefixes share an UpstreamCredentials object that has no secretName; .* give the credentials a secretName/,
    );
  });

  test('on two stacks that leave their environment open makes a secret in each, and warns of their names', () => {
    const app = new App();
    const shared = newSecret('shared');
    const [one, two] = ['One', 'Two'].map((id) => openStack(app, id));
    useCredentials(one, shared, 'one');
    useCredentials(two, shared, 'two');
    for (const stack of [one, two]) {
      expect(onlyResource(stack, SECRET).Properties.Name).toBe('ecr-pullthroughcache/shared');
    }
    FoundAnnotations.fromStack(two).hasWarning(
      '*',
      Match.stringLikeRegexp('UpstreamCredentials.possibleDuplicateName'),
    );
  });

  test('on two stacks of an environment makes one secret, and says that its place is that of the first rule', () => {
    const app = new App();
    const shared = newSecret('shared');
    const [one, two] = ['One', 'Two'].map((id) => homeStack(app, id));
    useCredentials(one, shared, 'one');
    useCredentials(two, shared, 'two');
    FoundAnnotations.fromStack(two).hasWarning('*', Match.stringLikeRegexp('UpstreamCredentials.sharedBetweenStacks'));
    expect(onlyResource(one, SECRET).Properties.Name).toBe('ecr-pullthroughcache/shared');
    expect(resourcesOf(two, SECRET)).toEqual({});
    expect(JSON.stringify(onlyResource(two, RULE).Properties.CredentialArn)).toContain('Fn::ImportValue');
  });

  test('on a stack and its nested stack makes one secret', () => {
    const stack = homeStack();
    const nested = new NestedStack(stack, 'Nested');
    const shared = newSecret('shared');
    useCredentials(stack, shared, 'one');
    useCredentials(nested, shared, 'two');
    expect(Object.keys(resourcesOf(stack, SECRET))).toHaveLength(1);
    expect(resourcesOf(nested, SECRET)).toEqual({});
  });

  test.each([
    ['account', { account: OTHER_ACCOUNT, region: REGION }],
    ['region', { account: ACCOUNT, region: 'us-east-1' }],
  ])('in two environments makes two secrets: another %s', (_, env) => {
    const app = new App();
    const shared = newSecret();
    const stacks = [homeStack(app, 'One'), new Stack(app, 'Two', { env })];
    stacks.forEach((stack) => useCredentials(stack, shared));
    for (const stack of stacks) {
      expect(onlyResource(stack, SECRET).Properties.Name).toBe('ecr-pullthroughcache/docker-hub');
      expect(onlyResource(stack, RULE).Properties.CredentialArn).toEqual({
        Ref: onlyResource(stack, SECRET).logicalId,
      });
    }
  });

  test('in two apps makes a secret in each', () => {
    const shared = UpstreamCredentials.placeholder();
    const templates = [new App(), new App()].map((app) => {
      const stack = homeStack(app);
      useCredentials(stack, shared);
      return Template.fromStack(stack).toJSON();
    });
    expect(Object.values(templates[0].Resources)).toHaveLength(2);
    expect(templates[0]).toEqual(templates[1]);
  });

  test('in two stages of one environment can be synthesized', () => {
    const app = new App();
    const shared = newSecret('shared');
    const stacks = ['One', 'Two'].map((id) => new Stack(new Stage(app, id, { env: HOME }), 'Stack'));
    stacks.forEach((stack, index) => useCredentials(stack, shared, `prefix-${index}`));
    expect(() => app.synth()).not.toThrow();
    expect(stacks.flatMap((stack) => propertiesOf(stack, SECRET))).toHaveLength(1);
    expect(JSON.stringify(onlyResource(stacks[1], RULE).Properties.CredentialArn)).toContain(
      ':secret:ecr-pullthroughcache/shared',
    );
  });
});

describe('the secret keeps its ARN', () => {
  const identity = (credentials: UpstreamCredentials) => {
    const stack = homeStack();
    useCredentials(stack, credentials);
    const { logicalId, Properties } = onlyResource(stack, SECRET);
    return { logicalId, name: Properties.Name, credentialArn: onlyResource(stack, RULE).Properties.CredentialArn };
  };

  test.each([undefined, 'own-name', 'ecr-pullthroughcache/own-name'])(
    'from a placeholder to a new secret and back: %s',
    (secretName) => {
      const placeholder = identity(UpstreamCredentials.placeholder({ secretName }));
      expect(identity(newSecret(secretName))).toEqual(placeholder);
      expect(identity(UpstreamCredentials.placeholder({ secretName, username: 'other' }))).toEqual(placeholder);
    },
  );

  test('when another user or token is used', () => {
    expect(
      identity(UpstreamCredentials.newSecret({ username: 'other', accessToken: SecretValue.secretsManager('other') })),
    ).toEqual(identity(newSecret()));
  });

  test('and another name is another secret', () => {
    const ids = ['a-b', 'a_b', 'a/b', 'a.b', 'ab', 'AB'].map((name) => identity(newSecret(name)).logicalId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('and the same default name as an explicit one is the same secret', () => {
    expect(identity(newSecret('docker-hub'))).toEqual(identity(newSecret()));
  });

  test('when the rule moves from the root of the stack', () => {
    const [one, two] = [homeStack(), homeStack()];
    useCredentials(one, UpstreamCredentials.placeholder(), undefined, 'Here');
    useCredentials(two, UpstreamCredentials.placeholder(), undefined, 'There');
    expect(templateWithoutMetadata(one)).toEqual(templateWithoutMetadata(two));
  });
});
